"""JSON Schemas of RESTX models, in two roles: as output and as input.

*Output*: every key is always present, and may be null unless the field is `required` or has a default. *Input*: as
declared, without read-only fields, closed. One component is exported where the two agree or only one is used; otherwise
the input is called `<Name>Input`.

RESTX's own `__schema__` is not used: it documents neither null nor what `Fixed` sends, and has no roles.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, TypeGuard

import orjson
from flask_restx import fields
from flask_restx.model import ModelBase, SchemaModel

from ..deprecation import Deprecation
from ..errors import ContractError
from ..field_options import extra_field_options
from ..marshalling.output_fields import output_fields
from ..types import DATE_PATTERN, INT64_MAX, INT64_MIN, NULL, PLAIN_TEXT, TIMESTAMP_PATTERN

Role = Literal["output", "input"]
Schema = dict[str, Any]

DECIMAL = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
COMPONENTS = "#/components/schemas/"


class Components:
    """The component schemas of one document, collected by role while operations are written."""

    def __init__(self, *, unique_names: bool = True) -> None:
        self._unique_names = unique_names
        self._schemas: dict[tuple[Role, str], Schema] = {}
        self._models: dict[str, ModelBase] = {}
        self._fixed: dict[str, Schema] = {}

    def add(self, name: str, schema: Schema) -> Schema:
        """Add a component and return a reference to it."""
        self._fixed[name] = schema
        return {"$ref": COMPONENTS + name}

    def schema(self, model: Any, role: Role, place: str) -> Schema:
        """Return the schema of anything that RESTX accepts as a model: a model, `[model]`, a field, or a plain schema.

        Raises `ContractError` for anything else.
        """
        match model:
            case [inner]:
                return {"type": "array", "items": self.schema(inner, role, place)}
            case ModelBase():
                return self.reference(model, role)
            case fields.Raw():
                return self.field(model, role, place)
            case type() if issubclass(model, fields.Raw):
                return self.field(model(), role, place)
            case dict() if any(isinstance(value, fields.Raw | type) for value in model.values()):
                return self.reference(model, role)
            case dict():
                return model
            case _:
                raise ContractError(f"{place}: {model!r} is not a model")

    def reference(self, model: ModelBase | Mapping[str, Any], role: Role) -> Schema:
        """Return a reference to `model` in `role`; adds it and all nested models.

        Raises `ContractError` if another model has the same name, or if a field cannot be exported truthfully.
        """
        if not isinstance(model, ModelBase):
            return self._object(dict(model), role, "an unnamed model")
        existing = self._models.setdefault(model.name, model)
        if self._unique_names and existing is not model and not _same(existing, model):
            raise ContractError(f"two different models are named {model.name!r}; rename one")
        key = (role, model.name)
        if key not in self._schemas:
            self._schemas[key] = {}  # so that the recursion ends for a model that nests itself
            self._schemas[key] = self._model(model, role)
        return {"$ref": f"{COMPONENTS}{role}:{model.name}"}

    def sparse(self, model: Mapping[str, Any]) -> Schema:
        """Return the schema of `model` as `skip_none` sends it: without the keys that are null or empty objects."""
        declared = output_fields(model)
        schema = self._object(declared, "output", getattr(model, "name", "an unnamed model"))
        always_present = [
            name
            for name, field in declared.items()
            if not isinstance(field, fields.Nested) and not nullable(field, "output")
        ]
        return {
            **{key: value for key, value in schema.items() if key != "required"},
            **({"required": always_present} if always_present else {}),
        }

    def finish(self, document: Any) -> tuple[dict[str, Schema], Any]:
        """Return the components by their exported names, sorted, and `document` with its references renamed."""
        names = self._exported_names()
        rename = {
            f"{COMPONENTS}{role}:{name}": COMPONENTS + exported for (role, name), exported in names.items()
        }
        schemas = {**self._fixed}
        for key, exported in names.items():
            if exported in self._fixed:
                raise ContractError(f"the name {exported!r} is taken by the contract layer; rename the model")
            schemas[exported] = _renamed(self._schemas[key], rename)
        return dict(sorted(schemas.items())), _renamed(document, rename)

    def _exported_names(self) -> dict[tuple[Role, str], str]:
        apart = {
            name for role, name in self._schemas if role == "input" and ("output", name) in self._schemas
        }
        apart = {name for name in apart if not self._roles_agree(name, set())}
        exported: dict[tuple[Role, str], str] = {}
        for role, name in self._schemas:
            exported[role, name] = f"{name}Input" if role == "input" and name in apart else name
        taken = [name for name in apart if ("output", f"{name}Input") in self._schemas]
        if taken:
            raise ContractError(
                f"the models {taken} need the name <Name>Input for their input; rename the other model"
            )
        return exported

    def _roles_agree(self, name: str, seen: set[str]) -> bool:
        if name in seen:
            return True
        seen.add(name)
        output, given = self._schemas.get(("output", name)), self._schemas.get(("input", name))
        if output is None or given is None:
            return False
        plain_output = orjson.dumps(output).replace(b"schemas/output:", b"schemas/")
        plain_input = orjson.dumps(given).replace(b"schemas/input:", b"schemas/")
        nested = re.findall(rb'schemas/output:([^"]+)"', orjson.dumps(output))
        return plain_output == plain_input and all(
            self._roles_agree(inner.decode(), seen) for inner in nested
        )

    def _model(self, model: ModelBase, role: Role) -> Schema:
        if isinstance(model, SchemaModel):
            return dict(model._schema)
        schema = self._object(output_fields(model), role, model.name)
        description = model.__apidoc__.get("description")
        return {"description": description, **schema} if description else schema

    def _object(self, declared: dict[str, Any], role: Role, owner: str) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for name, declared_field in declared.items():
            field = declared_field() if isinstance(declared_field, type) else declared_field
            if role == "input" and field.readonly:
                continue
            place = f"{owner}.{name}"
            properties[name] = self.field(field, role, place, model_name=owner)
            deprecation = extra_field_options(field, place).get("deprecated")
            if (
                deprecation is not None
                and deprecation.successor is not None
                and deprecation.successor not in declared
            ):
                raise ContractError(
                    f"{place}: the successor {deprecation.successor!r} is not a field of {owner}"
                )
            if role == "output" or field.required:
                required.append(name)
        schema: Schema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        if role == "input":
            schema["additionalProperties"] = False
        return schema

    def field(self, field: fields.Raw, role: Role, place: str, model_name: str = "") -> Schema:
        """Return the schema of one field, with its description and example, nullable if it can be null."""
        options = extra_field_options(field, place)
        schema = self._bare(field, role, place)
        if "enum" in schema:
            schema = self._named_enum(field, schema)
        if getattr(field, "discriminator", None):
            schema = {"type": "string", "enum": [model_name]}
        if "format" in options:
            schema["format"] = options["format"]
        if role == "input":
            _bound_input(field, schema)
        if nullable(field, role):
            schema = with_null(schema)
        deprecation: Deprecation | None = options.get("deprecated")
        described = deprecation.described(field.description) if deprecation else field.description
        notes = {
            "title": field.title,
            "description": described,
            **(deprecation.keywords if deprecation else {}),
        }
        if field.example is not None:
            notes["examples"] = [None if field.example is NULL else field.example]
        return {**schema, **{key: value for key, value in notes.items() if value is not None}}

    def _bare(self, field: fields.Raw, role: Role, place: str) -> Schema:
        match field:
            case fields.Wildcard():
                raise ContractError(f"{place}: Wildcard fields are not thread-safe and not supported")
            case fields.Polymorph():
                return {"oneOf": [self.reference(model, role) for model in field.mapping.values()]}
            case fields.Nested():
                return self._nested(field, role)
            case fields.List():
                items = self.field(field.container, role, f"{place}[]")
                return _without_none(
                    type="array",
                    items=items,
                    minItems=field.min_items,
                    maxItems=field.max_items,
                    uniqueItems=field.unique,
                )
            case _:
                return _scalar(field, role)

    def _named_enum(self, field: fields.Raw, schema: Schema) -> Schema:
        """Export the values of an enum class as a component of its name, so that generated clients have a type."""
        members = getattr(field, "enum", None)
        if not _is_enum_class(members):
            return schema
        name = members.__name__
        if self._fixed.get(name, schema) != schema:
            raise ContractError(f"two different enums are named {name!r}; rename one")
        return self.add(name, schema)

    def _nested(self, field: fields.Nested, role: Role) -> Schema:
        reference = self.reference(field.model, role)
        return {"type": "array", "items": reference} if field.as_list else reference


def nullable(field: fields.Raw, role: Role) -> bool:
    """Tell whether `field` can be null.

    As output: unless the field is required, has a default that is not null, or computes its value itself. As input:
    only if declared (`nullable=True`, `Nested(allow_null=True)`).
    """
    declared = bool(field.nullable) or bool(getattr(field, "allow_null", False))
    if role == "input" or declared:
        return declared
    if isinstance(field, fields.Nested):
        return field.as_list and not field.required and field.default is None
    if isinstance(field, (fields.Url, fields.FormattedString, fields.ClassName)) or getattr(
        field, "discriminator", None
    ):
        return False
    has_default = field.default is not None and not callable(field.default)
    return not field.required and not has_default


def with_null(schema: Schema) -> Schema:
    """Return `schema`, extended by null."""
    if "$ref" in schema or "oneOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "type" not in schema:
        return schema
    widened = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


def _scalar(field: fields.Raw, role: Role) -> Schema:
    match field:
        case fields.Fixed() | fields.Arbitrary():
            return _number(field) if role == "input" else {"type": "string", "pattern": DECIMAL}
        case fields.Integer() | fields.Float():
            return _number(field)
        case fields.Boolean():
            return {"type": "boolean"}
        case fields.Date():
            return {"type": "string", "format": "date"}
        case fields.DateTime():
            return (
                {"type": "string", "format": "date-time"}
                if field.dt_format == "iso8601"
                else {"type": "string"}
            )
        case fields.String() | fields.Url() | fields.FormattedString():
            return _string(field)
        case _:
            return _custom(field)


def _string(field: Any) -> Schema:
    members = getattr(field, "enum", None)
    if _is_enum_class(members):
        return {"type": "string", "enum": [member.value for member in members]}
    enum = _value(members)
    return _without_none(
        type="string",
        minLength=_value(field.min_length),
        maxLength=_value(field.max_length),
        pattern=_value(field.pattern),
        enum=list(enum) if enum else None,
    )


def _is_enum_class(members: Any) -> TypeGuard[type[Enum]]:
    return isinstance(members, type) and issubclass(members, Enum)


def _number(field: Any) -> Schema:
    """Write the bounds as 2020-12 does: `exclusiveMin=True` makes `min` exclusive, a number is a bound of its own."""
    low, high = _value(field.minimum), _value(field.maximum)
    open_low, open_high = _value(field.exclusiveMinimum), _value(field.exclusiveMaximum)
    schema = _without_none(type=field.__schema_type__, multipleOf=_value(field.multiple))
    if open_low is True:
        schema["exclusiveMinimum"] = low
    else:
        schema.update(_without_none(minimum=low, exclusiveMinimum=open_low or None))
    if open_high is True:
        schema["exclusiveMaximum"] = high
    else:
        schema.update(_without_none(maximum=high, exclusiveMaximum=open_high or None))
    if schema["type"] == "integer":
        _bound_integer(schema)
    return schema


def _bound_integer(schema: Schema) -> None:
    if "minimum" not in schema and "exclusiveMinimum" not in schema:
        schema["minimum"] = INT64_MIN
    if "maximum" not in schema and "exclusiveMaximum" not in schema:
        schema["maximum"] = INT64_MAX


def _custom(field: fields.Raw) -> Schema:
    """Return the schema that an application's own field class declares; `{}` (any value) if it has none."""
    silent = type(field).__schema_type__ == fields.Raw.__schema_type__
    return {} if silent else _without_none(type=field.__schema_type__, format=field.__schema_format__)


def _bound_input(field: fields.Raw, schema: Schema) -> None:
    """Reject by schema what databases, Python or XML fail on: control characters, leap seconds, lower-case `t`."""
    if schema.get("type") != "string":
        return
    if isinstance(field, fields.DateTime) and "format" in schema:
        schema["pattern"] = TIMESTAMP_PATTERN if schema["format"] == "date-time" else DATE_PATTERN
    elif not {"pattern", "enum", "format"} & set(schema):
        schema["pattern"] = PLAIN_TEXT


def _without_none(**members: Any) -> Schema:
    return {name: value for name, value in members.items() if value is not None}


def _value(declared: Any) -> Any:
    value = declared() if callable(declared) else declared
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: names.get(value, value) if key == "$ref" else _renamed(value, names)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    return node


def _same(one: ModelBase, other: ModelBase) -> bool:
    """Tell whether two objects are the same model: RESTX copies models whenever it merges documentation."""
    if isinstance(one, SchemaModel) or isinstance(other, SchemaModel):
        return type(one) is type(other) and one._schema == other._schema
    first, second = Components(unique_names=False), Components(unique_names=False)
    ours = [first._object(output_fields(one), role, one.name) for role in ("output", "input")]
    theirs = [second._object(output_fields(other), role, other.name) for role in ("output", "input")]
    return ours == theirs
