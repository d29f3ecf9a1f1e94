"""Values and defaults are sent as declared, or refused; what stock makes of them is shown beside."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import orjson
import pytest
from flask_restx import Model, fields, marshal
from flask_restx.fields import MarshallingError
from sqlalchemy.exc import OperationalError

from service.contract.errors import ContractError, MarshallingFailed
from service.contract.marshalling import (
    compile_marshaller,
)


def rendered(result):
    return orjson.loads(orjson.dumps(result, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC))


class Status(str, enum.Enum):  # noqa: UP042 - the kind of enum that stock gets wrong
    DRAFT = "draft"


class Plain(enum.Enum):
    ONE = 1


def both(field, value, **options):
    """What stock and what we make of one value."""
    stock = marshal({"x": value}, {"x": field})["x"]
    return stock, compile_marshaller({"x": field}, **options)({"x": value})["x"]


class Own(fields.Raw):
    def format(self, value):
        return value


class TestValues:
    def test_enum_member_is_sent_as_its_value(self):
        assert both(fields.String, Status.DRAFT) == ("Status.DRAFT", "draft")
        assert both(fields.String, Plain.ONE) == ("Plain.ONE", "1")
        stock, ours = both(fields.List(fields.String), [Status.DRAFT])
        assert (stock, ours) == (["Status.DRAFT"], ["draft"])
        assert type(ours[0]) is str

    def test_naive_instants_are_utc_and_others_are_converted(self):
        model = {"at": fields.DateTime}
        naive = datetime(2026, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001 - what is tested
        marshaller = compile_marshaller(model)
        assert rendered(marshaller({"at": naive})) == {"at": "2026-01-02T03:04:05.000006Z"}
        assert marshal({"at": naive}, model) == {
            "at": "2026-01-02T03:04:05.000006"
        }  # stock: no offset, not RFC 3339
        aware = naive.replace(tzinfo=timezone(timedelta(hours=2)))
        assert rendered(marshaller({"at": aware})) == {"at": "2026-01-02T01:04:05.000006Z"}
        assert rendered(marshaller({"at": "2026-01-02T03:04:05+02:00"})) == {"at": "2026-01-02T01:04:05Z"}

    def test_zone_without_an_offset_is_utc(self):
        class Nowhere(tzinfo):
            def utcoffset(self, _):
                return None

        made = compile_marshaller({"at": fields.DateTime})({"at": datetime(2026, 1, 2, tzinfo=Nowhere())})
        assert made["at"].tzinfo is UTC
        assert rendered(made) == {"at": "2026-01-02T00:00:00Z"}

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
        "field", [fields.Raw, Own, fields.List(fields.Float), fields.Float(attribute="y.z")]
    )
    def test_nan_is_refused_wherever_it_hides(self, field):
        nan = float("nan")
        thing = {"x": [nan] if isinstance(field, fields.List) else nan, "y": {"z": nan}}
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

    def test_falsy_default_has_the_declared_type(self):
        model = {"x": fields.Boolean(default=0), "y": fields.String(default=0)}
        assert marshal({}, model) == {"x": 0, "y": 0}
        ours = compile_marshaller(model)({})
        assert (ours["x"], ours["y"]) == (False, "0")
        assert type(ours["x"]) is bool

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
