"""JSON Schemas of RESTX models, in two roles: as output and as input.

*Output*: every key is always present, and may be null unless the field is `required` or has a default. *Input*: as
declared, without read-only fields, closed. One component is exported where the two agree or only one is used; otherwise
the input is called `<Name>Input`.

RESTX's own `__schema__` is not used: it documents neither null nor what `Fixed` sends, and has no roles.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping
from itertools import chain, count
from typing import Any

import orjson
from flask_restx import fields
from flask_restx.model import ModelBase, SchemaModel

from ..deprecation import Deprecation
from ..errors import ContractError, ContractWarning
from ..field_options import extra_field_options, unknown_field_options
from ..marshalling.output_fields import output_fields
from ..types import NULL
from .field_schemas import (
    Role,
    Schema,
    bound_input,
    is_enum_class,
    nullable,
    scalar_schema,
    with_null,
    without_none,
)

COMPONENTS = "#/components/schemas/"
# Where Swagger 2.0, and so `Api.schema_model`, has what OpenAPI 3 has in its components.
DEFINITIONS = "#/definitions/"


class Components:
    """The component schemas of one document, collected by role while operations are written."""

    def __init__(self, models: Mapping[str, ModelBase] | None = None, *, unique_names: bool = True) -> None:
        """Start without components. `models` are those that `schema_model` may refer to by `#/definitions/<name>`."""
        self._unique_names = unique_names
        self._definitions = models or {}
        self._schemas: dict[tuple[Role, str], Schema] = {}
        self._models: dict[str, ModelBase] = {}
        self._fixed: dict[str, Schema] = {}
        # Whether what is written now is of a strict namespace: others may have what stock RESTX accepts.
        self.strict = True

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
        name = self._name_of(model) if self._unique_names else model.name
        key = (role, name)
        if key not in self._schemas:
            self._schemas[key] = {}  # so that the recursion ends for a model that nests itself
            self._schemas[key] = self._model(model, role)
        return {"$ref": f"{COMPONENTS}{role}:{name}"}

    def _name_of(self, model: ModelBase) -> str:
        """Return the name under which `model` is exported: its own, numbered if a different model has it already."""
        name: str = model.name
        number = 1
        while name in self._models:
            existing = self._models[name]
            if existing is model or _same(existing, model):
                return name
            if self.strict:
                raise ContractError(f"two different models are named {model.name!r}; rename one")
            number += 1
            name = f"{model.name}{number}"
        if number > 1:
            text = f"two different models are named {model.name!r}; the document calls one {name!r}"
            warnings.warn(text, ContractWarning, stacklevel=2)
        self._models[name] = model
        return name

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
        components: dict[str, str] = {}
        for role, name in self._schemas:
            full_name = f"{name}Input" if role == "input" and name in apart else name
            if full_name not in components:
                components[full_name] = _component_name(full_name, {*components.values()})
            exported[role, name] = components[full_name]
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
            schema: Schema = self._resolved(model._schema, role, model.name)
            return schema
        schema = self._object(output_fields(model), role, model.name)
        description = model.__apidoc__.get("description")
        return {"description": description, **schema} if description else schema

    def _resolved(self, node: Any, role: Role, owner: str) -> Any:
        """Return `node` with the references of Swagger 2.0 to other models turned into ours."""
        match node:
            case {"$ref": str(target)} if target.startswith(DEFINITIONS):
                name = target.removeprefix(DEFINITIONS)
                if name not in self._definitions:
                    raise ContractError(f"{owner} refers to the model {name!r}, which the Api does not have")
                return {**node, **self.reference(self._definitions[name], role)}
            case dict():
                return {key: self._resolved(value, role, owner) for key, value in node.items()}
            case list():
                return [self._resolved(value, role, owner) for value in node]
        return node

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
        self._check_options(field, place)
        schema = self._bare(field, role, place)
        if "enum" in schema:
            schema = self._named_enum(field, schema)
        if getattr(field, "discriminator", None):
            schema = {"type": "string", "enum": [model_name]}
        if "format" in options:
            schema["format"] = options["format"]
        if role == "input":
            bound_input(field, schema)
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

    def _check_options(self, field: fields.Raw, place: str) -> None:
        unknown = unknown_field_options(field)
        # Where two models are only compared, what they declare is reported elsewhere.
        if not unknown or not self._unique_names:
            return
        text = f"{place}: {type(field).__name__} does not know the option {', '.join(unknown)}"
        if self.strict:
            raise ContractError(text)
        warnings.warn(f"{text}, and ignores it", ContractWarning, stacklevel=2)

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
                return without_none(
                    type="array",
                    items=items,
                    minItems=field.min_items,
                    maxItems=field.max_items,
                    uniqueItems=field.unique,
                )
            case _:
                return scalar_schema(field, role)

    def _named_enum(self, field: fields.Raw, schema: Schema) -> Schema:
        """Export the values of an enum class as a component of its name, so that generated clients have a type."""
        members = getattr(field, "enum", None)
        if not is_enum_class(members):
            return schema
        name = members.__name__
        if self._fixed.get(name, schema) != schema:
            raise ContractError(f"two different enums are named {name!r}; rename one")
        return self.add(name, schema)

    def _nested(self, field: fields.Nested, role: Role) -> Schema:
        reference = self.reference(field.model, role)
        return {"type": "array", "items": reference} if field.as_list else reference


def _component_name(name: str, taken: Collection[str]) -> str:
    """Return `name` with only the characters that OpenAPI allows in names of components, and unlike those `taken`."""
    allowed = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    numbered = (f"{allowed}{number}" for number in count(2))
    return next(free for free in chain([allowed], numbered) if free not in taken)


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
