"""Lists the fields that a RESTX model sends, inherited fields included."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from flask_restx import fields
from flask_restx.model import ModelBase

from ..errors import ContractError


def itself(obj: Any) -> Any:
    """Return `obj`: the `attribute` of fields that are grouped under a key but read from the same object."""
    return obj


def model_name(model: Any) -> str:
    """Return the name of a model for error messages."""
    return model.name if isinstance(model, ModelBase) else "(fields without a name)"


def output_fields(model: Mapping[str, Any]) -> dict[str, fields.Raw]:
    """Return the fields that `model` sends: those of its parents first, each in the order of declaration.

    A child's field replaces its parent's (RESTX lets the parent's win on output). Classes are instantiated, a plain
    dict of fields becomes a `Nested` of the same object, and the default of the discriminator is the model's name.
    Raises `ContractError` for anything that is not a field.
    """
    if not isinstance(model, Mapping):
        raise ContractError(f"{model_name(model)}: {type(model).__name__} has no fields to marshal")
    collected: dict[str, fields.Raw] = {}
    for parent in getattr(model, "__parents__", ()):
        collected.update(output_fields(parent))
    for name, declared in model.items():
        collected[name] = _field(declared, f"{model_name(model)}.{name}")
    if isinstance(model, ModelBase):
        _name_the_model(collected, model.name)
    return collected


def _field(declared: Any, place: str) -> fields.Raw:
    if isinstance(declared, Mapping):
        return fields.Nested(declared, attribute=itself, required=True)
    if isinstance(declared, type) and issubclass(declared, fields.Raw):
        return declared()
    if not isinstance(declared, fields.Raw):
        raise ContractError(f"{place}: {declared!r} is not a field")
    return declared


def _name_the_model(collected: dict[str, fields.Raw], name: str) -> None:
    discriminators = [key for key, field in collected.items() if getattr(field, "discriminator", None)]
    if len(discriminators) > 1:
        raise ContractError(f"{name}: {', '.join(discriminators)} are both discriminators; a model has one")
    for key in discriminators:
        field = copy.copy(collected[key])
        field.default = name
        vars(field).pop("__schema__", None)  # it was computed with another default
        collected[key] = field
