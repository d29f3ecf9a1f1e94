"""Marshalling (serialisation): compiles RESTX models to functions that return JSON-ready dicts.

What these return goes to `orjson.dumps(..., option=OPT_UTC_Z | OPT_NAIVE_UTC)`: instants stay `datetime`; without an
offset they are UTC.

The result equals `flask_restx.marshal`, but for these corrections, each with a test that shows both:

- a child's field wins over its parent's; a member of an enum is sent as its value
- a named tuple is one object
- an iterable that is declared as a list is one; `Nested(as_list=True)` without a value is null, not an object
- a missing key or attribute is never a bound method
- NaN, infinities, null in a `required` field, and any value that its field cannot hold raise `ContractError`;
  a default is made to fit its field even if it is falsy
- where `strict` (our own namespaces): so do a missing attribute, None where an object was declared as the
  response, and one object given for a list or the reverse

May not be in this package: requests and responses, and what a document says.
"""

from .conversions import Marshaller
from .marshallers import compile_list_marshaller, compile_marshaller
from .output_fields import output_fields
from .stock_decorator import MarshalSpec, unwrap_stock

__all__ = [
    "MarshalSpec",
    "Marshaller",
    "compile_list_marshaller",
    "compile_marshaller",
    "output_fields",
    "unwrap_stock",
]
