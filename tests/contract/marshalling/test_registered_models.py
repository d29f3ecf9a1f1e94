"""Every model marshals as stock RESTX would, instants aside: those leave with a Z."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from flask_restx import fields, marshal
from flask_restx.model import RawModel

from service.contract.document.field_schemas import nullable
from service.contract.marshalling import compile_list_marshaller, compile_marshaller
from service.contract.marshalling.output_fields import output_fields

INSTANT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def models_with_fields() -> dict[str, RawModel]:
    """Return every model by name, but for those with a plain schema in them: these are of requests alone."""
    from service.api import FEATURES, namespaces_of

    return {
        name: model
        for feature in FEATURES
        for namespace in namespaces_of(feature)
        for name, model in namespace.models.items()
        if has_fields(model)
    }


def has_fields(model: Any) -> bool:
    """Return whether `model` and all that it nests are made of fields."""
    return isinstance(model, RawModel) and all(map(has_fields, nested_models(model)))


def nested_models(model: RawModel) -> Iterator[Any]:
    """Return the models in the fields of `model`."""
    for field in map(innermost, model.resolved.values()):
        if isinstance(field, fields.Nested):
            yield field.model


def innermost(field: Any) -> Any:
    return innermost(field.container) if isinstance(field, fields.List) else field


MODELS = models_with_fields()


def value_of(field: Any, *, empty: bool) -> Any:
    """Return a value that `field` can hold: None where `empty` and it may be."""
    made = field() if isinstance(field, type) else field
    if empty and nullable(made, "output"):
        return None
    match made:
        case fields.Nested(as_list=True):
            return [row_of(made.model, empty=empty)] * 2
        case fields.Nested():
            return row_of(made.model, empty=empty)
        case fields.List():
            return [value_of(made.container, empty=empty)] * 2
        case fields.DateTime():
            return INSTANT
        case fields.Integer() | fields.Float():
            return made.minimum or 7
        case fields.Boolean():
            return True
        case fields.String():
            return next(iter(made.enum)) if made.enum else "text"
        case _:
            return {"anything": [1, None]}


def row_of(model: Any, *, empty: bool) -> dict[str, Any]:
    return {
        (field.attribute or name): value_of(field, empty=empty)
        for name, field in output_fields(model).items()
        if not callable(getattr(field, "attribute", None))
    }


def as_object(value: Any) -> Any:
    """Return `value` with attributes in place of keys."""
    if isinstance(value, dict) and "anything" not in value:
        return SimpleNamespace(**{name: as_object(member) for name, member in value.items()})
    return [as_object(member) for member in value] if isinstance(value, list) else value


def text(result: Any) -> str:
    return orjson.dumps(result, option=orjson.OPT_UTC_Z).decode().replace("+00:00", "Z")


@pytest.mark.parametrize("form", ["dicts", "objects"])
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_equals_stock(name: str, empty: bool, form: str) -> None:
    row = row_of(MODELS[name], empty=empty)
    data = as_object(row) if form == "objects" else row
    assert text(compile_marshaller(MODELS[name])(data)) == text(marshal(data, MODELS[name]))
    assert text(compile_list_marshaller(MODELS[name])([data, data])) == text(
        marshal([data, data], MODELS[name])
    )


def test_there_are_models() -> None:
    assert {"Item", "User", "Greeting"} <= set(MODELS)
