"""Flask-RESTX whose OpenAPI document is true, both ways.

RESTX stays the language of declaration; this package replaces the engine underneath, on top of the unmodified
package. Declare with `fields` and `reqparse` of `flask_restx`, and with `Namespace` and `Resource` from here; then
what is declared is enforced, and what is sent is declared: an OpenAPI 3.1 document, validation, parsing, security,
compiled marshalling, and RFC 9457 problems for every error.

A namespace written for stock RESTX is added unchanged. The package imports nothing else of the service and may not:
what an application knows (accounts, a database, limits) is handed to `Api`.
"""

from service.contract.api import Api
from service.contract.calls import IfMatch, if_match, parameters, payload
from service.contract.declarations import (
    Link,
    authenticated,
    conditional,
    conditional_on,
    example,
    example_answer,
    honours_if_match,
    leads_to,
    optional,
    produces,
    public,
    raises,
    rate_limited,
    requires_if_match,
    response_headers,
    without_sql,
)
from service.contract.errors import ContractError
from service.contract.namespace import Namespace, Resource
from service.contract.problems import (
    Conflict,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from service.contract.security import SecurityScheme

__all__ = [
    "Api",
    "Conflict",
    "ContractError",
    "Forbidden",
    "IfMatch",
    "InputError",
    "InvalidInput",
    "Link",
    "Namespace",
    "NotFound",
    "PreconditionFailed",
    "Problem",
    "Resource",
    "SecurityScheme",
    "ServiceUnavailable",
    "TooManyRequests",
    "Unauthorized",
    "authenticated",
    "conditional",
    "conditional_on",
    "example",
    "example_answer",
    "honours_if_match",
    "if_match",
    "leads_to",
    "optional",
    "parameters",
    "payload",
    "produces",
    "public",
    "raises",
    "rate_limited",
    "requires_if_match",
    "response_headers",
    "without_sql",
]
