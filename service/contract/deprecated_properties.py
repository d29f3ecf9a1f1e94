"""Finds deprecated properties in a request body, nested models included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_restx import fields
from flask_restx.model import ModelBase, SchemaModel

from .deprecation import DeprecatedFeature, Deprecation
from .field_options import extra_field_options
from .marshalling.output_fields import model_name, output_fields


@dataclass(slots=True)
class _ModelProperties:
    """The deprecated properties of one model, and the properties whose models may contain some."""

    deprecations: dict[str, Deprecation] = field(default_factory=dict)
    inner: dict[str, list[_ModelProperties]] = field(default_factory=dict)


class DeprecatedProperties:
    """The deprecated properties of a body that is declared as a model, `[model]`, or something without models."""

    def __init__(self, declared: Any) -> None:
        self._known: dict[int, _ModelProperties] = {}
        self._top = [self._of_model(model) for model in _models(declared)]
        self.deprecations = [
            deprecation for members in self._known.values() for deprecation in members.deprecations.values()
        ]

    def used(self, body: Any) -> list[DeprecatedFeature]:
        """Return the deprecated properties that `body` contains, valid or not; a property of list items once."""
        return list(dict.fromkeys(_found(self._top, body, ""))) if self.deprecations else []

    def _of_model(self, model: Mapping[str, Any]) -> _ModelProperties:
        if id(model) in self._known:
            return self._known[id(model)]
        members = self._known[id(model)] = _ModelProperties()
        for name, declared in output_fields(model).items():
            if declared.readonly:
                continue
            deprecation = extra_field_options(declared, f"{model_name(model)}.{name}").get("deprecated")
            if deprecation is not None:
                members.deprecations[name] = deprecation
            members.inner[name] = [self._of_model(inner) for inner in _models(declared)]
        return members


def _models(declared: Any) -> list[Mapping[str, Any]]:
    """Return the models of a declared object or of the items of a declared list."""
    match declared:
        case [inner]:
            return _models(inner)
        case fields.List():
            return _models(declared.container)
        case fields.Polymorph():
            return list(declared.mapping.values())
        case fields.Nested():
            return _models(declared.model)
        case ModelBase() if not isinstance(declared, SchemaModel):
            return [declared]
        case _:
            return []


def _found(members: list[_ModelProperties], value: Any, path: str) -> Iterator[DeprecatedFeature]:
    if isinstance(value, list):
        for item in value:
            yield from _found(members, item, path)
    elif isinstance(value, dict):
        for each in members:
            for name in value.keys() & each.deprecations.keys():
                yield DeprecatedFeature(f"body {path}{name}", each.deprecations[name])
            for name in value.keys() & each.inner.keys():
                yield from _found(each.inner[name], value[name], f"{path}{name}.")
