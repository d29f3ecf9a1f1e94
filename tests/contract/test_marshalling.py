"""Compiled marshalling equals stock RESTX's, but for its corrections; each is shown beside stock."""

from __future__ import annotations

import enum
import linecache
import traceback
from collections import UserDict, deque, namedtuple
from concurrent.futures import ThreadPoolExecutor
from dataclasses import make_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType, SimpleNamespace

import orjson
import pytest
import sqlalchemy as sa
from flask_restx import Mask, Model, Namespace, OrderedModel, fields, marshal, marshal_with
from flask_restx.fields import MarshallingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from werkzeug.local import LocalProxy

from service.contract.errors import ContractError, MarshallingFailed
from service.contract.marshalling import (
    Marshallers,
    MarshalSpec,
    compile_list_marshaller,
    compile_marshaller,
    output_fields,
    unwrap_stock,
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

instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - naive ones are part of the test
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
    max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
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


class Status(str, enum.Enum):  # noqa: UP042 - the kind of enum that stock gets wrong
    DRAFT = "draft"


class Plain(enum.Enum):
    ONE = 1


def both(field, value, **options):
    """What stock and what we make of one value."""
    stock = marshal({"x": value}, {"x": field})["x"]
    return stock, compile_marshaller({"x": field}, **options)({"x": value})["x"]


class TestValues:
    def test_enum_member_is_sent_as_its_value(self):
        assert both(fields.String, Status.DRAFT) == ("Status.DRAFT", "draft")
        assert both(fields.String, Plain.ONE) == ("Plain.ONE", "1")
        stock, ours = both(fields.List(fields.String), [Status.DRAFT])
        assert (stock, ours) == (["Status.DRAFT"], ["draft"])
        assert type(ours[0]) is str

    def test_naive_instants_are_utc_and_others_are_converted(self):
        model = {"at": fields.DateTime}
        naive = datetime(2026, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001
        marshaller = compile_marshaller(model)
        assert rendered(marshaller({"at": naive})) == {"at": "2026-01-02T03:04:05.000006Z"}
        assert marshal({"at": naive}, model) == {
            "at": "2026-01-02T03:04:05.000006"
        }  # stock: no offset, not RFC 3339
        aware = naive.replace(tzinfo=timezone(timedelta(hours=2)))
        assert rendered(marshaller({"at": aware})) == {"at": "2026-01-02T01:04:05.000006Z"}
        assert rendered(marshaller({"at": "2026-01-02T03:04:05+02:00"})) == {"at": "2026-01-02T01:04:05Z"}

    def test_subclasses_of_datetime_and_date_become_plain(self):
        class Stamp(datetime):
            pass

        class Day(date):
            pass

        made = compile_marshaller({"at": fields.DateTime, "on": fields.Date})(
            {"at": Stamp(2026, 1, 2, 3, tzinfo=UTC), "on": Day(2026, 1, 2)}
        )
        assert rendered(made) == {"at": "2026-01-02T03:00:00Z", "on": "2026-01-02"}

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "NaN"])
    def test_nan_and_infinity_are_refused(self, value):
        stock = marshal({"x": value}, {"x": fields.Float})["x"]
        assert orjson.dumps(stock) == b"null"
        with pytest.raises(ContractError, match=r"Thing\.x cannot hold"):
            compile_marshaller(Model("Thing", {"x": fields.Float}))({"x": value})

    @pytest.mark.parametrize(
        "field", [fields.Raw, Doubled, fields.List(fields.Float), fields.Float(attribute="y.z")]
    )
    def test_nan_is_refused_wherever_it_hides(self, field):
        nan = float("nan")
        thing = {"x": [nan] if isinstance(field, fields.List) else nan, "y": {"z": nan}}
        if field is Doubled:  # a field of the application's own that sends NaN
            field = type("Own", (fields.Raw,), {"format": lambda _, value: value})
        with pytest.raises(ContractError, match=r"\.x cannot hold"):
            compile_marshaller({"x": field})(thing)

    def test_boolean_that_is_neither_raises_a_marshalling_error(self):
        with pytest.raises(ValueError, match="Invalid literal"):
            marshal({"x": 2}, {"x": fields.Boolean})
        with pytest.raises(MarshallingFailed, match=r"Thing\.x cannot hold") as caught:
            compile_marshaller(Model("Thing", {"x": fields.Boolean}))({"x": 2})
        assert isinstance(caught.value, MarshallingError)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (fields.Integer, "seven"),
            (fields.Integer, float("inf")),
            (fields.Float, object()),
            (fields.DateTime, 5),
            (fields.DateTime, "yesterday"),
            (fields.Date, time(1, 2)),
            (fields.Fixed, "much"),
            (fields.List(fields.String), "text"),
            (fields.List(fields.String), 5),
            (fields.List(fields.Integer), ["x"]),
        ],
    )
    def test_a_value_that_does_not_fit_names_model_and_field(self, field, value):
        with pytest.raises(MarshallingFailed, match=r"^Thing\.x cannot hold its value"):
            compile_marshaller(Model("Thing", {"x": field}))({"x": value})

    def test_errors_that_are_not_about_the_value_pass_untouched(self):
        class Broken:
            @property
            def x(self):
                raise OperationalError("select", {}, Exception("gone"))

            @property
            def y(self):
                raise ValueError("mine")

        with pytest.raises(OperationalError):
            compile_marshaller({"x": fields.String})(Broken())
        with pytest.raises(ValueError, match=r"^mine$"):
            compile_marshaller({"y": fields.String})(Broken())
        with pytest.raises(ValueError, match=r"^mine$"):  # also through a nested model
            compile_marshaller({"z": fields.Nested({"y": fields.String})})({"z": Broken()})

    def test_int_beyond_a_double_stays_exact(self):
        assert compile_marshaller({"x": fields.Integer})({"x": 2**63 - 1}) == {"x": 2**63 - 1}


class TestDefaults:
    def test_default_that_does_not_fit_is_refused_when_compiled(self):
        with pytest.raises(ContractError, match=r"Thing\.x: the default 'soon' does not fit"):
            compile_marshaller(Model("Thing", {"x": fields.DateTime(default="soon")}))

    def test_callable_default_is_called_each_time(self):
        made = iter([1, 2])
        marshaller = compile_marshaller({"x": fields.Integer(default=lambda: next(made))})
        assert [marshaller({}), marshaller({"x": None})] == [{"x": 1}, {"x": 2}]

    def test_required_with_none_is_refused_strict_or_not(self):
        model = Model("Thing", {"x": fields.String(required=True)})
        assert marshal({}, model) == {"x": None}
        for strict in (True, False):
            with pytest.raises(ContractError, match=r"Thing\.x is declared required"):
                compile_marshaller(model, strict=strict)({"x": None})
            with pytest.raises(ContractError, match=r"Thing\.x is declared required"):
                compile_marshaller(model, strict=strict)({})

    @pytest.mark.parametrize(
        "field",
        [
            fields.String(required=True, default=lambda: None),
            fields.Raw(required=True),
            fields.List(fields.String, required=True),
            fields.Nested({"y": fields.String}, required=True),
            fields.Nested({"y": fields.String}, required=True, as_list=True),
            fields.Fixed(required=True),
        ],
    )
    def test_required_holds_for_every_kind_of_field(self, field):
        with pytest.raises(ContractError, match=r"Thing\.x is declared required"):
            compile_marshaller(Model("Thing", {"x": field}))({"x": None})

    @pytest.mark.parametrize(
        "field",
        [
            fields.String(required=True, nullable=True),
            fields.Fixed(required=True, nullable=True),
            fields.Nested({"y": fields.String(required=True)}, required=True, allow_null=True),
            fields.Nested({"y": fields.String(required=True)}, required=True, allow_null=True, as_list=True),
        ],
    )
    def test_required_and_declared_nullable_may_be_null(self, field):
        assert compile_marshaller({"x": field})({"x": None}) == {"x": None}


class TestNesting:
    def test_none_without_allow_null_is_an_object_of_nulls_as_in_stock(self):
        model = {
            "a": fields.Nested(
                {"x": fields.String, "y": fields.Integer(default=3), "z": fields.List(fields.String)}
            )
        }
        expected = {"a": {"x": None, "y": 3, "z": None}}
        assert marshal({"a": None}, model) == expected
        assert compile_marshaller(model)({"a": None}) == expected

    def test_none_without_allow_null_is_refused_where_the_inner_model_requires(self):
        author = Model("Author", {"name": fields.String(required=True)})
        model = Model("Post", {"author": fields.Nested(author)})
        assert marshal({"author": None}, model) == {"author": {"name": None}}
        with pytest.raises(ContractError, match=r"Author\.name is declared required"):
            compile_marshaller(model, strict=False)({"author": None})

    def test_list_without_value_is_null_not_an_object(self):
        model = {"a": fields.Nested({"x": fields.String}, as_list=True)}
        assert marshal({}, model) == {"a": {"x": None}}
        assert compile_marshaller(model)({}) == {"a": None}

    def test_one_for_many_and_many_for_one(self):
        one, many = fields.Nested({"x": fields.String}), fields.Nested({"x": fields.String}, as_list=True)
        for declared, value in ((one, [{"x": 1}]), (many, {"x": 1})):
            stock, ours = both(declared, value, strict=False)
            assert ours == stock
            with pytest.raises(ContractError, match=r"\.x was declared as"):
                both(declared, value)

    def test_one_object_in_a_list_field_is_a_list_of_one_as_in_stock(self):
        stock, ours = both(fields.List(fields.Nested({"y": fields.String})), {"y": 1})
        assert stock == ours == [{"y": "1"}]

    def test_skip_none_belongs_to_the_nesting_field(self):
        inner = {"y": fields.String, "z": fields.Raw}
        thing = {"a": {"y": None, "z": {}}, "b": {"y": None, "z": 0}, "c": None}
        model = {
            "a": fields.Nested(inner, skip_none=True),
            "b": fields.Nested(inner),
            "c": fields.Nested(inner, skip_none=True),
        }
        expected = {"a": {}, "b": {"y": None, "z": 0}, "c": {}}
        assert compile_marshaller(model)(thing) == marshal(thing, model) == expected
        skipped = compile_marshaller(model, skip_none=True)(thing)
        assert skipped == marshal(thing, model, skip_none=True) == {"b": {"y": None, "z": 0}}

    def test_fields_grouped_in_a_plain_dict_are_read_from_the_same_object(self):
        model = {"id": fields.Integer, "names": {"first": fields.String, "last": fields.String(default="-")}}
        for skip_none in (True, False):
            ours = compile_marshaller(model, skip_none=skip_none)({"id": 1, "first": None})
            assert ours == marshal({"id": 1, "first": None}, model, skip_none=skip_none)

    def test_a_model_may_nest_itself(self):
        comment = Model("Comment", {"text": fields.String})
        comment["replies"] = fields.List(fields.Nested(comment))
        thread = {"text": "a", "replies": [{"text": "b", "replies": [{"text": "c", "replies": []}]}]}
        assert compile_marshaller(comment)(thread) == thread

    def test_a_model_that_spells_itself_out_for_none_is_refused(self):
        node = Model("Node", {"name": fields.String})
        node["parent"] = fields.Nested(node)
        with pytest.raises(ContractError, match="Node in Node"):
            compile_marshaller(node)
        node["parent"] = fields.Nested(node, allow_null=True)
        thing = {"name": "leaf", "parent": {"name": "root", "parent": None}}
        assert compile_marshaller(node)(thing) == thing

    def test_polymorph_asks_the_field(self):
        base = Model("Base", {"kind": fields.String})
        first = Model.inherit("First", base, {"x": fields.Integer})
        second = Model.inherit("Second", base, {"y": fields.Integer})
        one, two = type("One", (SimpleNamespace,), {}), type("Two", (SimpleNamespace,), {})
        model = {"thing": fields.Polymorph({one: first, two: second})}
        for thing in (one(kind="a", x=1), two(kind="b", y=2), None):
            assert compile_marshaller(model)({"thing": thing}) == marshal({"thing": thing}, model)

    def test_url_and_formatted_string_ask_the_field(self):
        thing = SimpleNamespace(name="ann")
        model = {"hello": fields.FormattedString("Hello {name}")}
        assert compile_marshaller(model)(thing) == {"hello": "Hello ann"}

    def test_a_mask_on_one_field_is_applied_by_the_field(self):
        model = {"x": fields.Raw(mask=Mask("a"))}
        assert compile_marshaller(model)({"x": {"a": 1, "b": 2}}) == {"x": {"a": 1}}


class TestLists:
    model = Model("Thing", {"x": fields.Integer})

    @pytest.mark.parametrize(
        "things",
        [
            lambda rows: (one for one in rows),
            deque,
            lambda rows: dict.fromkeys(rows).keys(),
            lambda rows: IteratorResult(SimpleResultMetaData(["a"]), ((one,) for one in rows)).scalars(),
        ],
        ids=["generator", "deque", "view", "scalars"],
    )
    def test_any_iterable_declared_as_a_list_is_one(self, things):
        rows = [SlottedInt(1), SlottedInt(2)]
        assert marshal(things(rows), self.model) == {"x": None}  # stock: one object of nulls
        assert compile_list_marshaller(self.model)(things(rows)) == [{"x": 1}, {"x": 2}]

    def test_set_of_scalars_and_generator_in_a_field(self):
        marshaller = compile_marshaller({"x": fields.List(fields.Integer)})
        assert marshaller({"x": {1}}) == {"x": [1]}
        assert marshaller({"x": (n for n in "12")}) == {"x": [1, 2]}
        with pytest.raises(TypeError):
            marshal({"x": (n for n in "12")}, {"x": fields.List(fields.Integer)})

    def test_declared_list_given_one_thing_is_refused_where_strict(self):
        for thing in ({"x": 1}, row(x=1), SlottedInt(1), None, "text"):
            with pytest.raises(ContractError, match="a list of Thing was declared"):
                compile_list_marshaller(self.model)(thing)
        assert compile_list_marshaller(self.model, strict=False)({"x": 1}) == marshal({"x": 1}, self.model)

    def test_undeclared_list_is_one_by_one_as_in_stock(self):
        things = [{"x": 1}, ({"x": 2},)]
        assert compile_marshaller(self.model)(things) == marshal(things, self.model) == [{"x": 1}, [{"x": 2}]]

    def test_declared_single_object_given_a_list_is_refused(self):
        with pytest.raises(ContractError, match="one Thing was declared, and a list was returned"):
            compile_marshaller(self.model, as_list=False)([{"x": 1}])
        assert compile_marshaller(self.model, as_list=False, strict=False)([{"x": 1}]) == [{"x": 1}]

    def test_none_in_place_of_the_answer_is_refused_where_strict(self):
        with pytest.raises(ContractError, match="Thing was declared, and None was returned"):
            compile_marshaller(self.model)(None)
        with pytest.raises(ContractError, match="Thing was declared, and None was returned"):
            compile_list_marshaller(self.model)([None])
        assert compile_marshaller(self.model, strict=False)(None) == marshal(None, self.model) == {"x": None}

    def test_envelope_is_outside_of_the_list(self):
        assert compile_list_marshaller(self.model, envelope="data")([{"x": 1}]) == {"data": [{"x": 1}]}


class SlottedInt:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class TestReading:
    def test_missing_key_is_null_never_a_bound_method(self):
        model = {"items": fields.Raw, "copy": fields.String(default="none")}
        assert callable(marshal({}, model)["items"])
        for form in ("dict", "user dict", "mapping proxy"):
            assert compile_marshaller(model)(FORMS[form]({})) == {"items": None, "copy": "none"}

    def test_method_in_place_of_a_value_is_not_sent(self):
        class Post:
            def title(self):
                return "no"

        model = Model("Post", {"title": fields.String})
        assert "bound method" in marshal(Post(), model)["title"]
        assert compile_marshaller(model, strict=False)(Post()) == {"title": None}
        with pytest.raises(ContractError, match=r"Post\.title cannot be read from Post: .* has a method"):
            compile_marshaller(model)(Post())
        post = Post()
        post.title = "mine"
        assert compile_marshaller(model)(post) == {"title": "mine"}

    @pytest.mark.parametrize(
        "thing", [SimpleNamespace(y=1), slotted(y=1), row(y=1), 5, "text", LocalProxy(lambda: 6)]
    )
    def test_missing_attribute_names_model_and_field_where_strict(self, thing):
        model = Model("Thing", {"y": fields.Integer(default=0), "absent": fields.String})
        assert marshal(thing, model)["absent"] is None
        assert compile_marshaller(model, strict=False)(thing)["absent"] is None
        with pytest.raises(ContractError, match=r"^Thing\.(y|absent) cannot be read from"):
            compile_marshaller(model)(thing)

    def test_missing_attribute_inside_a_dotted_path(self):
        model = Model("Post", {"name": fields.String(attribute="author.name")})
        assert compile_marshaller(model)(SimpleNamespace(author=None)) == {"name": None}
        assert compile_marshaller(model)({}) == {"name": None}
        with pytest.raises(ContractError, match=r"Post\.name cannot be read"):
            compile_marshaller(model)(SimpleNamespace(author=SimpleNamespace()))
        assert compile_marshaller(model, strict=False)(SimpleNamespace(author=SimpleNamespace())) == {
            "name": None
        }

    def test_dotted_path_takes_numbers_in_lists(self):
        model = {
            "first": fields.String(attribute="tags.0.name"),
            "third": fields.String(attribute="tags.0.count"),
        }
        thing = {"tags": [{"name": "a", "count": 3}]}
        assert compile_marshaller(model)(thing) == marshal(thing, model) == {"first": "a", "third": "3"}

    def test_property_raising_attribute_error_is_loud_where_strict(self):
        class Post:
            @property
            def title(self):
                raise AttributeError("a mistake inside")

        model = Model("Post", {"title": fields.String})
        assert marshal(Post(), model) == {"title": None}
        with pytest.raises(ContractError, match=r"Post\.title cannot be read from Post: a mistake inside"):
            compile_marshaller(model)(Post())

    def test_property_wins_over_an_instance_value_and_cached_property_is_found(self):
        class Post:
            def __init__(self):
                self.__dict__["title"] = "hidden"

            title = property(lambda self: "shown")

            @cached_property
            def body(self):
                return "made"

        model = {"title": fields.String, "body": fields.String}
        assert (
            compile_marshaller(model)(Post()) == marshal(Post(), model) == {"title": "shown", "body": "made"}
        )

    def test_class_that_answers_attributes_itself_is_asked(self):
        class Upper:
            def __init__(self):
                self.title = "low"

            def __getattribute__(self, name):
                value = super().__getattribute__(name)
                return value.upper() if isinstance(value, str) else value

        assert compile_marshaller({"title": fields.String})(Upper()) == {"title": "LOW"}

    def test_proxy_is_read_as_what_it_stands_for(self):
        model = {"x": fields.Integer}
        for thing in ({"x": 1}, SimpleNamespace(x=1), SlottedInt(1)):
            assert compile_marshaller(model)(LocalProxy(lambda thing=thing: thing)) == {"x": 1}

    def test_named_tuple_is_one_object(self):
        point = namedtuple("point", "x y")(1, 2)  # noqa: PYI024 - as old code has them
        model = {"x": fields.Integer, "y": fields.Integer}
        assert marshal(point, model) == [{"x": None, "y": None}] * 2
        assert compile_marshaller(model)(point) == {"x": 1, "y": 2}
        assert compile_list_marshaller(model)([point]) == [{"x": 1, "y": 2}]

    def test_names_that_are_not_identifiers(self):
        keys = ["class", "a-b", "it's", "1st", "ﬁ", "{v}", "__private"]
        thing, model = {key: key for key in keys}, dict.fromkeys(keys, fields.String)
        assert compile_marshaller(model)(thing) == thing
        assert compile_marshaller(model)(SimpleNamespace(**thing)) == thing
        assert compile_marshaller(model, skip_none=True)(SimpleNamespace(**thing)) == thing

    def test_columns_named_as_methods_of_rows(self):
        with sa.create_engine("sqlite://").connect() as connection:
            found = connection.execute(sa.text("select 1 as id, 2 as count, 3 as t, 4 as 'index'")).one()
        model = dict.fromkeys(("id", "count", "t", "index"), fields.Integer)
        assert compile_marshaller(model)(found) == {"id": 1, "count": 2, "t": 3, "index": 4}
        assert compile_marshaller(model)(found._mapping) == {"id": 1, "count": 2, "t": 3, "index": 4}


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    words: Mapped[int] = mapped_column("word_count")
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(lazy="raise_on_sql")

    @property
    def shout(self):
        return self.title.upper()


class TestOrm:
    model = Model(
        "Post",
        {
            "id": fields.Integer(required=True),
            "title": fields.String,
            "words": fields.Integer,
            "shout": fields.String,
            "author": fields.Nested(Model("Author", {"name": fields.String})),
        },
    )
    expected = MappingProxyType(
        {"id": 1, "title": "one", "words": 7, "shout": "ONE", "author": {"name": "ann"}},
    )

    @pytest.fixture
    def session(self):
        engine = sa.create_engine("sqlite://")
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Post(id=1, title="one", words=7, author=Author(id=1, name="ann")))
            session.commit()
            session.expunge_all()
            yield session
        engine.dispose()

    def test_loaded_instance(self, session):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        assert compile_marshaller(self.model)(post) == marshal(post, self.model) == self.expected

    def test_expired_attributes_are_loaded(self, session):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        marshaller = compile_marshaller(self.model)
        assert marshaller(post) == self.expected
        session.execute(sa.update(Post).values(title="two").execution_options(synchronize_session=False))
        session.expire(post, ["title"])
        assert marshaller(post)["title"] == "two"

    def test_relationship_that_was_not_loaded_raises_its_own_error(self, session):
        with pytest.raises(InvalidRequestError, match="raise_on_sql"):
            compile_marshaller(self.model)(session.get(Post, 1))

    def test_scalar_result_is_a_list(self, session):
        found = session.scalars(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        assert compile_list_marshaller(self.model)(found) == [self.expected]

    def test_attributes_are_read_past_the_instrumentation(self, session, monkeypatch):
        post = session.scalar(sa.select(Post).options(sa.orm.joinedload(Post.author)))
        monkeypatch.setattr(type(Post.title), "__get__", lambda *_: pytest.fail("read through the ORM"))
        assert compile_marshaller({"title": fields.String})(post) == {"title": "one"}


class TestModels:
    def test_child_overrides_its_parent(self):
        parent = Model("Parent", {"x": fields.Integer, "y": fields.String})
        child = Model.inherit("Child", parent, {"z": fields.String, "x": fields.String(attribute="other")})
        thing = {"x": 1, "other": "mine", "y": "y", "z": "z"}
        assert marshal(thing, child)["x"] == 1
        assert compile_marshaller(child)(thing) == {"x": "mine", "y": "y", "z": "z"}

    def test_output_fields_are_in_order_parents_first(self):
        first, second = (
            Model("First", {"b": fields.Integer, "a": fields.Integer}),
            Model("Second", {"c": fields.Integer}),
        )
        grandchild = Model.inherit(
            "Grandchild", Model.inherit("Child", first, {"d": fields.Raw}), second, {"a": fields.Raw}
        )
        found = output_fields(grandchild)
        assert list(found) == ["b", "a", "d", "c"]
        assert type(found["a"]) is fields.Raw
        assert all(isinstance(field, fields.Raw) for field in output_fields({"x": fields.String}).values())

    def test_discriminator_is_the_name_of_the_model(self):
        parent = Model("Animal", {"kind": fields.String(discriminator=True), "name": fields.String})
        child = Model.inherit("Dog", parent, {"tricks": fields.List(fields.String)})
        thing = {"name": "rex"}
        assert (
            compile_marshaller(child)(thing)
            == marshal(thing, child)
            == {"kind": "Dog", "name": "rex", "tricks": None}
        )
        assert compile_marshaller(parent)(thing) == {"kind": "Animal", "name": "rex"}
        assert parent["kind"].default is None
        with pytest.raises(ContractError, match="both discriminators"):
            output_fields(Model.inherit("Two", parent, {"other": fields.String(discriminator=True)}))

    def test_later_changes_of_the_model_have_no_effect(self):
        model = Model("Thing", {"x": fields.Integer})
        marshaller = compile_marshaller(model)
        model["y"] = fields.Integer
        assert marshaller({"x": 1, "y": 2}) == {"x": 1}
        assert marshaller(SimpleNamespace(x=1, y=2)) == {"x": 1}  # also for a kind of object first met later

    @pytest.mark.parametrize(
        ("declared", "says"),
        [
            ({"*": fields.Wildcard(fields.String)}, "Wildcard"),
            ({"x": fields.List(fields.Wildcard(fields.String))}, "Wildcard"),
            ({"x": fields.Nested({"*": fields.Wildcard(fields.String)})}, "Wildcard"),
            (Model("Thing", {"x": fields.String}, mask="{x}"), "Thing has a mask"),
            ({"x": fields.Nested(Model("Thing", {"x": fields.String}, mask="{x}"))}, "Thing has a mask"),
            ({"x": "String"}, "is not a field"),
            (Namespace("n").schema_model("Thing", {"type": "object"}), "has no fields"),
            ({"x": fields.Nested(Namespace("n").schema_model("Thing", {}))}, "has no fields"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_when_compiled(self, declared, says):
        with pytest.raises(ContractError, match=says):
            compile_marshaller(declared)

    def test_tracebacks_show_the_source(self):
        with pytest.raises(ContractError) as caught:
            compile_marshaller(Model("Thing", {"x": fields.Integer}))({"x": "seven"})
        shown = "".join(traceback.format_exception(caught.value))
        assert "<marshaller of Thing for dicts" in shown
        assert "v0 = c0(v0)" in shown
        linecache.checkcache()
        assert "v0 = c0(v0)" in "".join(traceback.format_exception(caught.value))

    def test_name_of_a_model_cannot_become_code(self):
        model = Model('"""\nraise SystemExit', {'x"\n': fields.String(attribute="__import__('os')\n")})
        assert compile_marshaller(model)({"__import__('os')\n": 1}) == {'x"\n': "1"}

    def test_types_made_as_the_program_goes_are_not_kept(self):
        marshaller = compile_marshaller({"x": fields.Integer})
        for number in range(600):
            assert marshaller(type("Made", (), {"x": number})()) == {"x": number}


class TestMarshallers:
    def test_one_function_for_the_same_model_and_options(self):
        marshallers, model = Marshallers(), Model("Thing", {"x": fields.Integer})
        assert marshallers.get(model) is marshallers.get(model)
        assert marshallers.get(model, as_list=True) is not marshallers.get(model)
        assert marshallers.get(model, envelope="data")({"x": 1}) == {"data": {"x": 1}}
        assert marshallers.get(Model("Thing", {"x": fields.Integer})) is not marshallers.get(model)

    def test_ids_of_the_dead_are_not_mistaken(self):
        marshallers = Marshallers()
        for index in range(50):
            assert marshallers.get({f"x{index}": fields.Integer})({f"x{index}": 1}) == {f"x{index}": 1}

    def test_threads_meet_new_kinds_of_objects_at_once(self):
        model = Model(
            "Thing", {"x": fields.Integer, "y": fields.Nested(Model("Inner", {"z": fields.String}))}
        )
        with ThreadPoolExecutor(8) as pool:
            for _ in range(20):
                marshaller = compile_list_marshaller(model)
                forms = [form({"x": 1, "y": form({"z": "a"})}) for form in FORMS.values()]
                results = list(pool.map(marshaller, [forms] * 16))
                assert results == [[{"x": 1, "y": {"z": "a"}}] * len(forms)] * 16


class TestUnwrapStock:
    ns = Namespace("stock")
    model = ns.model("Thing", {"x": fields.Integer})

    def test_namespace_decorator(self):
        def get():
            return {"x": 1}

        wrapped = self.ns.marshal_with(self.model, envelope="data", skip_none=True, code=201)(get)
        inner, spec = unwrap_stock(wrapped)
        assert inner is get
        assert spec == MarshalSpec(self.model, "data", skip_none=True, ordered=False)
        marshaller = compile_marshaller(
            spec.fields, envelope=spec.envelope, skip_none=spec.skip_none, strict=False
        )
        assert marshaller(inner()) == wrapped() == {"data": {"x": 1}}

    def test_list_decorator_and_the_bare_one(self):
        def get():
            return []

        assert unwrap_stock(self.ns.marshal_list_with(self.model)(get)) == (
            get,
            MarshalSpec(self.model, None, False, False),
        )
        assert unwrap_stock(marshal_with(self.model, ordered=True)(get)) == (
            get,
            MarshalSpec(self.model, None, False, True),
        )

    def test_only_the_outermost_wrapper_counts(self):
        def get():
            return {}

        documented = self.ns.doc("x")(self.ns.marshal_with(self.model)(get))
        assert unwrap_stock(documented)[0] is get  # doc() only annotates

        def other(*args, **kwargs):
            return self.ns.marshal_with(self.model)(get)(*args, **kwargs)

        assert unwrap_stock(other) == (other, None)
        assert unwrap_stock(get) == (get, None)
        assert unwrap_stock(len) == (len, None)

    def test_mask_is_left_to_stock(self):
        def get():
            return {}

        wrapped = self.ns.marshal_with(self.model, mask="{x}")(get)
        assert unwrap_stock(wrapped) == (wrapped, None)
