from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import jsonschema_rs
import pytest
from flask import request
from flask_restx import inputs, reqparse
from hypothesis import given, settings
from hypothesis import strategies as st

from service.contract import types
from service.contract.errors import ContractError
from service.contract.parsing.parameters import compile_parameters
from service.contract.problems import InvalidInput
from tests.contract.parsing.requests import APP, compiled, parsed, refusals, stock

ID = "01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def even(value):
    if int(value) % 2:
        raise ValueError(f"{value} is odd")
    return int(value)


def of_two(value, name):
    return f"{name}:{value}"


def of_three(value, name, operator):
    return f"{name}{operator}{value}"


def shouting(value):
    return value.upper()


shouting.__schema__ = {"type": "string", "pattern": "^[a-z]+$"}

ISO = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
STOCK_TYPES = {
    # type: (accepted texts and what they become, refused texts)
    "int": (int, {"-3": -3}, ["1_000", " 3 ", "٣", "+3", "3.0", "", "9" * 5000]),
    "float": (float, {"3": 3.0, "1e3": 1000.0}, ["nan", "inf", "1e400", "1_0", " 1"]),
    "bool": (bool, {"true": True, "false": False}, ["True", "1", "", "no"]),
    "str": (str, {"": "", "a\n": "a\n"}, ["\0"]),
    "boolean": (inputs.boolean, {"true": True, "false": False}, ["TRUE", "1", "on", ""]),
    "positive": (inputs.positive, {"1": 1}, ["0", "1_0", "+1", " 1", "9" * 30]),
    "natural": (inputs.natural, {"0": 0}, ["-1", "٣"]),
    "int_range": (inputs.int_range(2, 4), {"2": 2, "4": 4}, ["1", "5", "3_"]),
    "date": (inputs.date, {"2026-11-21": datetime(2026, 11, 21)}, ["2026-1-1", "0000-01-01", "2026-02-30"]),  # noqa: DTZ001
    "date_from_iso8601": (inputs.date_from_iso8601, {"2026-11-21": date(2026, 11, 21)}, ["20261121", "2026"]),
    "datetime_from_iso8601": (
        inputs.datetime_from_iso8601,
        {"2026-11-21T14:30:00Z": ISO, "2026-11-21T15:30:00+01:00": ISO},
        ["2026-11-21", "2026-11-21T14:30:00", "2016-12-31T23:59:60Z", "2026-11-21t14:30:00z"],
    ),
    "datetime_from_rfc822": (
        inputs.datetime_from_rfc822,
        {"Sat, 21 Nov 2026 14:30:00 GMT": ISO},
        ["yesterday", "\0"],
    ),
    "iso8601interval": (
        inputs.iso8601interval,
        {"2026-11-21T14:30:00Z/PT0S": (ISO, ISO)},
        ["x", "", "2026-13-01"],
    ),
    "regex": (inputs.regex("^[0-9]+$"), {"12": "12"}, ["12\n", "٣", "a"]),
    "unanchored regex": (inputs.regex("a|b"), {"xax": "xax"}, ["x", "a\0"]),
    "regex of Python": (inputs.regex(r"\A(?P<year>\d{4})\Z"), {"2026": "2026"}, ["٢٠٢٦", "2026\n", "x2026"]),
    "regex that only Python has": (inputs.regex(r"^(?P<a>x)(?P=a)(?(a)y|z)$"), {"xxy": "xxy"}, ["xy", "\0"]),
    "email": (
        inputs.email(),
        {"a@b": "a@b", "a@b.example": "a@b.example"},
        ["a", "a@localhost", "a@127.0.0.1", "a..b@c"],
    ),
    "email of some": (
        inputs.email(domains=["a.example"], local=True),
        {"x@a.example": "x@a.example"},
        ["x@b.example", "x@axexample"],
    ),
    "email at addresses": (
        inputs.email(ip=True),
        {"x@127a": "x@127a", "x@1.2.3": "x@1.2.3"},
        ["x@127.0.0.1", "x@localhost"],
    ),
    "email of others": (inputs.email(exclude=["a.example"]), {"x@b.example": "x@b.example"}, ["x@a.example"]),
    "url": (
        inputs.url,
        {
            "https://u:p@a.example:8080/x?y#z": "https://u:p@a.example:8080/x?y#z",
            "ftp://127.0.0.1": "ftp://127.0.0.1",
        },
        [
            "a.example",
            "gopher://a.example",
            "https://a.example:0",
            "https://a.example:65535",
            "https://a b.example",
        ],
    ),
    "URL": (
        inputs.URL(schemes=["https"], exclude=["evil.example"]),
        {"https://a.example/": "https://a.example/", "https://evil.example.org": "https://evil.example.org"},
        [
            "https://localhost",
            "https://1.2.3.4",
            "https://u@a.example",
            "https://a.example:1",
            "https://evil.example/x",
        ],
    ),
    "ipv4": (inputs.ipv4, {"1.2.3.4": "1.2.3.4"}, ["1.2.3", "1.2.3.04", "1.2.3.4 x", "::1"]),
    "ipv6": (inputs.ipv6, {"::1": "::1"}, ["1.2.3.4", ":::"]),
    "ip": (inputs.ip, {"1.2.3.4": "1.2.3.4", "::1": "::1"}, ["x", "1.2.3.4\n"]),
    "Decimal": (Decimal, {"3.50": Decimal("3.50")}, ["NaN", "Infinity", " 3", "1_0", "x"]),
    "UUID": (UUID, {ID: UUID(ID)}, ["x", ID.replace("-", ""), "{" + ID + "}"]),
    "Enum": (Colour, {"red": Colour.RED}, ["RED", "green", ""]),
    "function": (even, {"4": 4}, ["3", "x"]),
    "lambda": (lambda value: value[0], {"ab": "a"}, [""]),
    "with the name": (of_two, {"a": "x:a"}, ["\0"]),
    "with name and operator": (of_three, {"a": "x=a"}, ["\0"]),
    "with a schema": (shouting, {"abc": "ABC"}, ["a1", "A", "a\n"]),
}


# The refusals of the others cannot be written as a schema, or are those of numbers (test_types.py).
EXACT = {
    *(
        "str",
        "date",
        "date_from_iso8601",
        "datetime_from_iso8601",
        "ipv4",
        "ipv6",
        "ip",
        "UUID",
        "Enum",
        "URL",
        "url",
    ),
    *(
        "email",
        "email of some",
        "email of others",
        "email at addresses",
        "regex",
        "unanchored regex",
        "regex of Python",
    ),
    *("with a schema", "with the name"),
}


def nearly(*texts):
    """Draw one of `texts`, perhaps with a character put in or changed."""
    strange = st.sampled_from([*"\n\x00 \u00a0\u212a@.:/?#-_%0aZ", "\N{ARABIC-INDIC DIGIT THREE}", ""])
    parts = st.tuples(st.sampled_from(texts), st.integers(0, 30), strange, st.integers(0, 1))
    return parts.map(lambda part: part[0][: part[1]] + part[2] + part[0][part[1] + part[3] :])


def generator(schema):
    """Return an expression for texts that `schema` is likely to accept."""
    pattern = schema.get("pattern", r"[0-9a-f:.-]{1,20}")
    return pattern.removeprefix("^").removesuffix("$").replace("(?<", "(?P<")


class TestStockTypes:
    """Every `type=` of a stock RESTX application: converted as there, refused as its document says."""

    @pytest.mark.parametrize(("declared", "taken", "refused"), STOCK_TYPES.values(), ids=STOCK_TYPES)
    def test_values(self, declared, taken, refused):
        parameters = stock("x", type=declared)
        validator = jsonschema_rs.Draft202012Validator(
            parameters.openapi()[0]["schema"], validate_formats=True
        )
        for text, value in taken.items():
            assert parsed(parameters, {"x": text}) == {"x": value}
            if parameters.openapi()[0]["schema"]["type"] == "string":
                assert validator.is_valid(text)
        for text in refused:
            assert refusals(parameters, {"x": text})[0][0] == "x"

    @pytest.mark.parametrize("name", sorted(EXACT))
    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_refuse_exactly_what_their_schema_refuses(self, name, data):
        declared, taken, refused = STOCK_TYPES[name]
        parameters = stock("x", type=declared)
        schema = parameters.openapi()[0]["schema"]
        text = data.draw(
            nearly(*taken, *refused) | st.from_regex(generator(schema), fullmatch=True), label="text"
        )
        with APP.test_request_context("/", query_string={"x": text}):
            try:
                assert list(parameters.parse(request)) == ["x"]
            except InvalidInput:
                assert not types.schema_validator(schema)(text)
            else:
                assert types.schema_validator(schema)(text)

    def test_schemas_are_in_the_words_of_2020_12(self):
        assert stock("x", type=inputs.positive).openapi()[0]["schema"] == {
            "type": "integer",
            "minimum": 1,
            "maximum": 2**63 - 1,
        }

    def test_bounds_of_draft_4_become_those_of_2020_12(self):
        def above_zero(value):
            return int(value)

        above_zero.__schema__ = {"type": "integer", "minimum": 0, "exclusiveMinimum": True}
        parameters = stock("x", type=above_zero)
        schema = {"type": "integer", "exclusiveMinimum": 0, "maximum": 2**63 - 1}
        assert parameters.openapi()[0]["schema"] == schema
        assert parsed(parameters, "x=1") == {"x": 1}
        assert refusals(parameters, "x=0") == [("x", "TOO_SMALL")]

    def test_values_are_not_repeated(self):
        with pytest.raises(InvalidInput) as refused:
            parsed(stock("x", type=inputs.date), "x=hunter2")
        assert "hunter2" not in refused.value.errors[0].detail

    def test_choices_of_converted_values(self):
        parameters = stock("x", type=even, choices=(2, 4))
        assert parameters.openapi()[0]["schema"] == {"type": "string", "enum": ["2", "4"]}
        assert parsed(parameters, "x=4") == {"x": 4}
        assert refusals(parameters, "x=6") == refusals(parameters, "x=3") == [("x", "NOT_ALLOWED")]

    def test_choices_of_an_enum(self):
        parameters = stock("x", type=Colour, choices=list(Colour), default=Colour.BLUE)
        assert parameters.openapi()[0]["schema"] == {
            "type": "string",
            "enum": ["red", "blue"],
            "default": "blue",
        }
        assert parsed(parameters, "x=red") == {"x": Colour.RED}
        assert parsed(parameters) == {"x": Colour.BLUE}


class TestStockOptions:
    def test_unknown_parameters_are_ignored(self):
        assert parsed(stock("x"), "x=1&y=2") == {"x": "1"}

    def test_trim_and_case(self):
        assert parsed(stock("x", type=int, trim=True), "x=%203%20") == {"x": 3}
        parameters = stock("x", choices=("ASC", "Desc"), case_sensitive=False)
        assert parsed(parameters, "x=dESC") == {"x": "desc"}
        assert parameters.openapi()[0]["schema"]["enum"] == ["asc", "desc"]

    def test_ignored_errors_are_documented_as_accepted(self):
        parameters = stock("x", type=int, ignore=True, default=7)
        assert parsed(parameters, "x=abc") == {"x": 7}
        schema = parameters.openapi()[0]["schema"]
        assert jsonschema_rs.Draft202012Validator(schema).is_valid("abc")

    def test_an_optional_argument_is_read_wherever_it_is_documented(self):
        parameters = stock("x", location=("headers", "args"))
        assert [p["in"] for p in parameters.openapi()] == ["header", "query"]
        assert parsed(parameters, "x=1", headers={"x": "2"}) == {"x": "2"}
        assert parsed(parameters, "x=1") == {"x": "1"}

    def test_a_required_argument_has_one_place(self):
        parameters = stock("x", location=("headers", "args"), required=True)
        assert [(p["in"], p["required"]) for p in parameters.openapi()] == [("header", True)]
        assert refusals(parameters, "x=1") == [("x", "REQUIRED")]

    @pytest.mark.parametrize("location", [("json", "values"), "values", "json", ("values", "args")])
    def test_without_a_body_everything_is_in_the_query(self, location):
        parameters = stock("x", type=int, location=location)
        assert [p["in"] for p in parameters.openapi()] == ["query"]
        assert parameters.json_body() is None
        assert parsed(parameters, "x=3") == {"x": 3}

    def test_form_arguments_of_a_class_are_left_out_where_there_is_no_form(self):
        parameters = compiled(("x", {"location": "form", "required": True}), strict=False)
        assert parameters.body() is None
        assert parsed(parameters) == {"x": None}

    def test_values_of_the_path(self):
        parameters = stock("x", type=int, location="view_args")
        assert parameters.openapi() == []
        with APP.test_request_context("/"):
            request.view_args = {"x": 3}
            assert parameters.parse(request) == {"x": 3}

    @pytest.mark.parametrize(
        "options",
        [
            {"operators": ("=", ">=")},
            {"action": "count"},
            {"location": "data"},
            {"action": "split", "choices": ("a,b",)},
        ],
        ids=str,
    )
    def test_what_no_document_can_say_is_refused(self, options):
        with pytest.raises(ContractError):
            stock("x", **options).openapi()

    def test_a_later_argument_replaces_an_earlier_one(self):
        parsers = [
            reqparse.RequestParser().add_argument("x", type=kind, location="args") for kind in (str, int)
        ]
        parameters = compile_parameters(parsers, method="get", strict=False)
        assert len(parameters.openapi()) == 1
        assert parsed(parameters, "x=3") == {"x": 3}


class TestStockJson:
    ARGUMENTS = (
        ("n", {"type": int, "required": True, "help": "How many.", "nullable": False}),
        ("on", {"type": inputs.boolean, "default": False}),
        ("sort", {"choices": ("a", "b")}),
        ("tags", {"action": "append"}),
        ("ids", {"type": int, "action": "split"}),
        ("at", {"type": inputs.datetime_from_iso8601, "dest": "when"}),
        ("price", {"type": Decimal}),
        ("list", {"type": list}),
        ("any", {"type": lambda value: value}),
    )

    def parameters(self, method="post"):
        return compiled(
            *((name, {"location": ("json", "values")} | given) for name, given in self.ARGUMENTS),
            method=method,
            strict=False,
        )

    def test_the_body_is_a_closed_object(self):
        schema = self.parameters().json_body()
        assert schema["required"] == ["n"]
        assert schema["additionalProperties"] is False
        assert list(schema["properties"]) == [name for name, _ in self.ARGUMENTS]
        assert schema["properties"]["n"] == {
            "type": "integer",
            "minimum": -(2**63),
            "maximum": 2**63 - 1,
            "description": "How many.",
        }
        assert schema["properties"]["on"] == {"type": ["boolean", "null"], "default": False}
        assert schema["properties"]["sort"] == {"enum": ["a", "b"]}
        assert schema["properties"]["tags"]["type"] == ["array", "null"]
        assert schema["properties"]["list"] == {"type": ["array", "null"]}
        assert schema["properties"]["any"] == {}
        assert self.parameters().openapi() == []

    def test_values(self):
        body = {
            "n": 3,
            "on": True,
            "sort": "b",
            "tags": ["x", "y"],
            "ids": "1,2",
            "at": "2026-11-21T14:30:00Z",
            "price": 3.5,
            "list": [1],
            "any": {"a": 1},
        }
        assert jsonschema_rs.Draft202012Validator(self.parameters().json_body()).is_valid(body)
        assert parsed(self.parameters(), json_body=body) == {
            **{name: body[name] for name in ("n", "on", "sort", "tags", "list", "any")},
            "ids": [1, 2],
            "when": ISO,
            "price": Decimal("3.5"),
        }

    def test_null_and_what_is_missing(self):
        values = parsed(self.parameters(), json_body={"n": 3, "tags": None})
        assert values.tags is None
        assert values.on is False

    def test_refusals_point_into_the_body(self):
        assert refusals(self.parameters(), json_body={}) == [("/n", "REQUIRED")]
        body = {"n": None, "at": "x", "ids": "1,x", "tags": 3, "price": "x"}
        assert [where for where, _ in refusals(self.parameters(), json_body=body)] == [
            "/n",
            "/tags",
            "/ids",
            "/at",
            "/price",
        ]

    def test_a_list_is_400_and_500_in_stock_restx(self):
        assert refusals(self.parameters(), json_body=[1]) == [("", "WRONG_TYPE")]
        parser = reqparse.RequestParser().add_argument("n", type=int)
        with APP.test_request_context("/", method="POST", json=[1]), pytest.raises((TypeError, ValueError)):
            parser.parse_args()

    def test_a_form_and_json_are_two_bodies(self):
        with pytest.raises(ContractError, match="one body"):
            compiled(("a", {"location": "form"}), ("b", {"location": "json"}), method="post", strict=False)
