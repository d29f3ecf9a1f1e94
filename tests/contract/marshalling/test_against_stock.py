"""For any model and any object, what is compiled sends what stock RESTX sends, but for the corrections."""

from __future__ import annotations

import enum
from collections import UserDict, deque
from dataclasses import make_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace

import orjson
import pytest
from flask_restx import Model, OrderedModel, fields, marshal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from service.contract.marshalling import (
    compile_list_marshaller,
    compile_marshaller,
)


def rendered(result):
    return orjson.loads(orjson.dumps(result, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC))


def row(**columns):
    """A SQLAlchemy row of these columns, without a database."""
    return IteratorResult(SimpleResultMetaData(list(columns)), iter([tuple(columns.values())])).one()


def slotted(**values):
    return make_dataclass("Slotted", list(values), slots=True)(**values)


class Shout(fields.String):
    def format(self, value):
        return f"{value}!"


class Doubled(fields.Raw):
    def output(self, key, obj, **kwargs):
        value = super().output(key, obj)
        return None if value is None else [value, value]


class Label(fields.String):
    """A subclass that changes nothing in how values are sent."""

    __schema_example__ = "label"


class Colour(enum.StrEnum):
    RED = "red"


FORMS = {
    "dict": dict,
    "user dict": UserDict,
    "mapping proxy": MappingProxyType,
    "object": lambda values: SimpleNamespace(**values),
    "slots": lambda values: slotted(**values),
    "row": lambda values: row(**values),
}
MAPPINGS = ("dict", "user dict", "mapping proxy")

instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - naive ones belong here
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
any_instant = instants | st.builds(lambda at, zone: at.replace(tzinfo=zone), instants, offsets | st.just(UTC))
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
int64 = st.integers(-(2**63), 2**63 - 1)
words = st.text(st.characters(codec="utf-8"), max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)

# field class, options, values that are not None, defaults
SCALARS = [
    (
        fields.String,
        {},
        words | int64 | st.just(Colour.RED) | st.booleans(),
        ["", "none yet", lambda: "made"],
    ),
    (Label, {}, words, ["label"]),
    (fields.Integer, {}, int64 | st.booleans() | st.sampled_from(["7", 3.9]), [0, 5, lambda: 6]),
    (
        fields.Float,
        {},
        finite | st.integers(-9, 9) | st.just("1.5") | st.just(Decimal("2.5")),
        [0.5, lambda: 1],
    ),
    (fields.Boolean, {}, st.booleans() | st.sampled_from([0, 1, "true", "False", "", []]), [True, False]),
    (
        fields.DateTime,
        {},
        any_instant | days | any_instant.map(datetime.isoformat),
        ["2020-01-02T03:04:05+02:00"],
    ),
    (fields.Date, {}, days | any_instant | days.map(date.isoformat), [date(2020, 1, 2)]),
    (
        fields.Raw,
        {},
        words | int64 | finite | st.lists(int64, max_size=2) | st.just({"a": [None]}),
        [{"b": 1}],
    ),
]
OWN_WAY = [
    (fields.Fixed, {"decimals": 2}, st.integers(-99, 99) | st.just(Decimal("1.005")), [1.5]),
    (fields.Arbitrary, {}, st.integers(-99, 99), [7]),
    (fields.DateTime, {"dt_format": "rfc822"}, instants, []),
    (fields.ClassName, {}, words, []),
    (Shout, {}, words, ["default"]),
    (Doubled, {}, int64, [4]),
]


class Shape:
    """A field as generated: how it is declared, what it may hold, and whether None may come."""

    def __init__(self, declared, values, *, nullable=True, needs=False):
        self.declared = declared
        self.values = st.none() | values if nullable else values
        self.nullable = nullable
        self.needs = needs  # None in place of an object that holds this is not spelled out as in stock


@st.composite
def scalar_shapes(draw, kinds, *, plain=False):
    cls, options, values, defaults = draw(st.sampled_from(kinds))
    default = draw(st.sampled_from([None, *defaults])) if not plain else None
    required = not plain and default is None and draw(st.integers(0, 5)) == 0
    declared = cls(default=default, required=required, **options)
    return Shape(declared, values, nullable=not required, needs=required)


@st.composite
def nested_shapes(draw, depth, gaps):
    model, objects, needs = draw(models(depth - 1, gaps))
    skip_none = draw(st.booleans())
    if draw(st.integers(0, 2)) == 0:  # a list: by RESTX's two spellings
        several = st.lists(objects, max_size=2) | st.lists(objects, max_size=2).map(tuple)
        if draw(st.booleans()):
            allow_null = draw(st.booleans())
            nested = fields.Nested(model, as_list=True, allow_null=allow_null, skip_none=skip_none)
            return Shape(nested, several, nullable=allow_null, needs=not allow_null)
        return Shape(fields.List(fields.Nested(model, skip_none=skip_none)), several)
    allow_null = draw(st.booleans())
    default = draw(st.sampled_from([None, {"instead": 1}])) if not allow_null else None
    nested = fields.Nested(model, allow_null=allow_null, default=default, skip_none=skip_none)
    nullable = allow_null or default is not None or not needs
    return Shape(nested, objects, nullable=nullable, needs=not nullable)


@st.composite
def list_shapes(draw):
    element = draw(scalar_shapes(SCALARS, plain=True))
    several = st.lists(element.values, max_size=3)
    declared, values = fields.List(element.declared), several | several.map(tuple) | several.map(deque)
    if draw(st.integers(0, 3)) == 0:
        declared, values = fields.List(declared), st.lists(several, max_size=2)
    declared.default = draw(st.sampled_from([None, ["default"]]))
    return Shape(declared, values)


@st.composite
def named_lists(draw):
    """`List(String(attribute="name"))`: one attribute of each element."""
    element = draw(scalar_shapes(SCALARS[:4], plain=True))
    element.declared.attribute = "name"
    objects = st.builds(
        lambda form, value: FORMS[form]({"name": value}),
        st.sampled_from(["dict", "object", "slots"]),
        element.values,
    )
    return Shape(fields.List(element.declared), st.lists(objects, max_size=3))


def shapes(depth, gaps):
    simple = [scalar_shapes(SCALARS), scalar_shapes(OWN_WAY), list_shapes(), named_lists()]
    return st.one_of(*simple, *([nested_shapes(depth, gaps)] if depth else []))


@st.composite
def models(draw, depth, gaps):
    """A model, the objects it can marshal (those in the forms `gaps` incomplete), and whether it `needs`."""
    names = [f"f{index}" for index in range(draw(st.integers(1, 5)))]
    declared, sources, needs = {}, {}, False
    for name in names:
        shape = draw(shapes(depth, gaps))
        how = draw(st.sampled_from(["plain", "attribute", "dotted", "callable"]))
        if isinstance(shape.declared, fields.ClassName):
            how = "plain"
        field, place = shape.declared, (name,)
        if how == "attribute":
            place = (f"own_{name}",)
            field.attribute = place[0]
        elif how == "dotted":
            place = (f"box_{name}", "inner")
            field.attribute = ".".join(place)
        elif how == "callable":
            field.attribute = lambda obj, name=name: None if obj is None else obj_get(obj, name)
        declared[name] = field
        sources[place] = shape
        needs = needs or shape.needs
    return draw(spellings(declared)), objects_of(sources, gaps), needs


def obj_get(obj, name):
    return obj.get(name) if hasattr(obj, "get") else getattr(obj, name, None)


@st.composite
def spellings(draw, declared):
    """The same fields as a dict, a model, an ordered model, a clone or an heir."""
    how = draw(st.sampled_from(["dict", "model", "ordered", "clone", "inherit"]))
    items = list(declared.items())
    first, rest = dict(items[: len(items) // 2]), dict(items[len(items) // 2 :])
    match how:
        case "dict":
            return declared
        case "model":
            return Model("Thing", declared)
        case "ordered":
            return OrderedModel("Thing", declared)
        case "clone":
            return Model.clone("Thing", Model("Base", first), rest)
        case _:
            return Model.inherit("Thing", Model("Base", first), rest)


@st.composite
def objects_of(draw, sources, gaps):
    form = draw(st.sampled_from(list(FORMS)))
    values = {}
    for place, shape in sources.items():
        missing = form in gaps and shape.nullable and draw(st.integers(0, 5)) == 0
        if missing:
            continue
        value = draw(shape.values)
        if len(place) == 2:
            value = FORMS[draw(st.sampled_from(["dict", "object", "slots"]))]({place[1]: value})
        values[place[0]] = value
    return FORMS[form](values)


def same(ours, stock):
    """Tell whether what we send means what stock sends; instants are compared as instants."""
    if isinstance(ours, datetime):
        parsed = datetime.fromisoformat(stock)
        return as_utc(ours) == as_utc(parsed)
    if isinstance(ours, date):
        return ours.isoformat() == stock
    if isinstance(ours, dict):
        return set(ours) == set(stock) and all(same(ours[key], stock[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(stock) and all(map(same, ours, stock))
    return type(ours) is type(stock) and ours == stock


def as_utc(value):
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@given(
    data=st.data(), strict=st.booleans(), skip_none=st.booleans(), envelope=st.sampled_from([None, "data"])
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_equals_stock_for_generated_models_and_objects(data, strict, skip_none, envelope):
    model, objects, _ = data.draw(models(2, MAPPINGS if strict else tuple(FORMS)))
    things = data.draw(st.lists(objects, min_size=1, max_size=3))
    options = {"envelope": envelope, "skip_none": skip_none}

    one = compile_marshaller(model, strict=strict, **options)(things[0])
    several = compile_list_marshaller(model, strict=strict, **options)(iter(things))

    assert same(one, marshal(things[0], model, **options))
    assert same(several, marshal(things, model, **options))
    orjson.dumps([one, several], option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_object_gives_the_same(form):
    model = Model(
        "Thing", {"id": fields.Integer, "at": fields.DateTime, "who": fields.String(attribute="author.name")}
    )
    thing = FORMS[form](
        {"id": 1, "at": datetime(2026, 1, 2, tzinfo=UTC), "author": FORMS[form]({"name": "ann"})}
    )
    assert rendered(compile_marshaller(model)(thing)) == {"id": 1, "at": "2026-01-02T00:00:00Z", "who": "ann"}
