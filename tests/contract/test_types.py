from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import jsonschema_rs
import pytest
from flask import Flask
from flask_restx import inputs, reqparse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.contract import types
from service.contract.errors import ContractError

ARABIC_THREE, FULLWIDTH_TWELVE = "٣", "１２"

TYPES = {
    "integer": types.integer(),
    "small integer": types.integer(1, 100),
    "negative integer": types.integer(-20, -3),
    "number": types.number(),
    "small number": types.number(-0.5, 99.75),
    "boolean": types.boolean,
    "instant": types.timestamp,
    "date": types.date,
    "uuid": types.uuid,
    "text": types.text,
    "string": types.string(max_length=5),
    "string with a least length": types.string(max_length=5, min_length=2),
    "slug": types.string(max_length=8, pattern="^[a-z0-9]+(?:-[a-z0-9]+)*$"),
    "loose pattern": types.string(max_length=8, pattern="a.b"),
    "alternatives": types.string(max_length=8, pattern="^a|[^b]$"),
    "e-mail": types.string(max_length=20, format="email"),
}

ACCEPTED = {
    "integer": ["0", "-0", "3", "-3", "9223372036854775807", "-9223372036854775808"],
    "small integer": ["1", "100"],
    "number": ["0", "-0.0", "3", "3.25", "1e3", "1E-400", "1.7976931348623157e308", "1" + "0" * 308],
    "small number": ["-0.5", "99.75", "1e1"],
    "boolean": ["true", "false"],
    "instant": [
        "2026-11-21T14:30:00Z",
        "2026-11-21T14:30:00.123456789+23:59",
        "2026-11-21T14:30:00-00:00",
        "2024-02-29T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00-23:59",
        "0001-01-02T00:00:00+23:59",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59+00:01",
        "9999-12-30T23:59:59-23:59",
    ],
    "date": ["2026-11-21", "0001-01-01", "9999-12-31", "2024-02-29"],
    "uuid": ["01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12", "01936A3E-7B5C-7D2E-8F10-3C5D7E9FAB12"],
    "string": ["", "é😀\n\u2028a", " a "],
    "string with a least length": ["ab", "\n\n"],
    "slug": ["a-b", "3"],
    "loose pattern": ["xxa\tbxx"],
    "e-mail": ["a@b.example"],
}

NO_NUMBERS = [
    "",
    " ",
    "+3",
    " 3",
    "3 ",
    "3\n",
    "03",
    "-03",
    "1_000",
    "0x3",
    "0b1",
    ARABIC_THREE,
    f"1{ARABIC_THREE}",
    FULLWIDTH_TWELVE,
    "--3",
    "-",
]
REFUSED = {
    "integer": [
        *NO_NUMBERS,
        "3.0",
        "1e3",
        "9223372036854775808",
        "-9223372036854775809",
        "9" * 5000,
        "true",
        "null",
        "²",
    ],
    "small integer": ["0", "101", "-1", "-0"],
    "number": [
        *NO_NUMBERS,
        "nan",
        "NaN",
        "inf",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "9" * 310,
        "9" * 5000,
        "1.",
        ".5",
        "1e",
        "1e+",
    ],
    "small number": ["-0.50001", "99.750001", "100"],
    "boolean": ["True", "TRUE", "1", "0", "yes", "on", "", " true", "true\n", "null"],
    "instant": [
        "2026-11-21",
        "2026-11-21T14:30:00",
        "2026-11-21t14:30:00Z",
        "2026-11-21T14:30:00z",
        "2026-11-21 14:30:00Z",
        "2026-11-21T14:30:00Z\n",
        " 2026-11-21T14:30:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29T14:30:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T14:30:00.Z",
        "2026-11-21T14:30:00,5Z",
        "2026-11-21T14:30:00.1234567890Z",
        "2026-11-21T14:30:00+24:00",
        "2026-11-21T14:30:00+0100",
        "2026-11-21T14:30:00+01:00:30",
        "2026-11-21T14:30Z",
        "20261121T143000Z",
        "2026-W47-6T14:30:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "٢026-11-21T14:30:00Z",
    ],
    "date": [
        "2026-02-29",
        "2026-1-1",
        "20261121",
        "0000-01-01",
        "2026-11-21\n",
        "2026-W47-6",
        "٢026-11-21",
        "2026-11-21T00:00:00Z",
    ],
    "uuid": [
        "",
        "01936a3e7b5c7d2e8f103c5d7e9fab12",
        "{01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12}",
        "urn:uuid:01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12",
        "01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12\n",
        "g1936a3e-7b5c-7d2e-8f10-3c5d7e9fab12",
    ],
    "text": ["\0", "a\0b", "\ud800"],
    "string": ["aaaaaa", "a\0", "\udfff"],
    "string with a least length": ["", "a", "\0\0"],
    "slug": ["", "A", "a-", "a\n", "a--b", "a\0b"],
    "loose pattern": ["a\0b", "ab", "aab\0"],
    "alternatives": ["\0", "a\0", "bb"],
    "e-mail": ["a", "a@b\n", "a b@c.example"],
}


def cases(table):
    return [
        pytest.param(name, text, id=f"{name} {number}: {text[:40]!a}")
        for name, texts in table.items()
        for number, text in enumerate(texts)
    ]


def taken(argument_type, text):
    try:
        argument_type(text)
    except ValueError:
        return False
    return True


class TestExactness:
    """A type takes exactly what its schema accepts: nothing more, nothing less."""

    @pytest.mark.parametrize(("name", "text"), cases(ACCEPTED))
    def test_takes(self, name, text):
        assert taken(TYPES[name], text)
        assert schema_accepts(TYPES[name].__schema__, text)

    @pytest.mark.parametrize(("name", "text"), cases(REFUSED))
    def test_refuses(self, name, text):
        assert not taken(TYPES[name], text)
        assert not schema_accepts(TYPES[name].__schema__, text)

    @pytest.mark.parametrize("name", TYPES)
    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_agrees_with_its_schema_on_anything(self, name, data):
        text = data.draw(texts_near(name), label="text")
        assert taken(TYPES[name], text) is schema_accepts(TYPES[name].__schema__, text)

    @given(st.integers())
    @example(2**63)
    def test_every_integer_within_the_bounds_is_taken(self, value):
        assert taken(TYPES["small integer"], str(value)) is (1 <= value <= 100)
        assert taken(TYPES["integer"], str(value)) is (-(2**63) <= value < 2**63)

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_every_float_comes_back(self, value):
        assert types.number()(json.dumps(value)) == value

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_every_instant_comes_back(self, value):
        assert types.timestamp(value.isoformat()) == value
        assert types.timestamp(value.isoformat().replace("+00:00", "Z")) == value


def schema_accepts(schema, text):
    """Judge `text` without the types: JSON's own literal for numbers and booleans, then the validator."""
    value = text
    if schema["type"] in {"integer", "number", "boolean"}:
        try:
            value = json.loads(text)
        except ValueError:
            return False
        is_literal = text == text.strip() and type(value) in LITERALS[schema["type"]]
        if not is_literal or value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 - NaN
            return False
    try:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)
    except UnicodeEncodeError:  # a lone surrogate is no JSON
        return False


LITERALS = {"integer": {int}, "number": {int, float}, "boolean": {bool}}


def texts_near(name):
    """Draw texts that are valid, nearly valid, or anything."""
    good = st.sampled_from(ACCEPTED.get(name, ["a", "ab", "abcde"]))
    bad = st.sampled_from(REFUSED.get(name, [""]))
    strange = st.sampled_from(
        [
            "\n",
            "\0",
            " ",
            "\u00a0",
            "\u2028",
            "-",
            "+",
            "_",
            ".",
            "e",
            "0",
            "9",
            "T",
            "z",
            ":",
            ARABIC_THREE,
            "1",
        ]
    )
    inserted = st.tuples(good | bad, st.integers(0, 40), strange, st.integers(0, 1)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + parts[3] :]
    )
    numbers = st.from_regex(r"\A-?[0-9]{1,21}(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?\Z")
    instants = st.from_regex(
        r"\A(0000|0001|2024|9999)-(01|02|12)-(01|29|30|31)[Tt ](00|23|24):59:(00|59|60)(\.[0-9]{1,10})?"
        r"([Zz]|[+-](00|23|24):(00|01|59|60))\Z"
    )
    days = st.from_regex(r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]\Z")
    return st.one_of(
        inserted, numbers, instants, days, st.text(max_size=10), st.uuids().map(str), st.floats().map(repr)
    )


class TestValues:
    def test_numbers(self):
        assert types.integer()("-42") == -42
        assert types.number()("1e3") == 1000.0
        assert isinstance(types.number()("3"), float)
        assert types.boolean("false") is False

    def test_whole_numbers_are_compared_exactly_with_the_bounds_of_numbers(self):
        # 2**53 + 1 has no double of its own: rounded first, it would be within the bound.
        assert not taken(types.number(0, 2**53), str(2**53 + 1))

    def test_instants_are_aware_and_in_utc(self):
        value = types.timestamp("2026-11-21T01:30:00.123456789+02:00")
        assert value == datetime(2026, 11, 20, 23, 30, 0, 123456, tzinfo=UTC)
        assert value.tzinfo is UTC

    def test_dates_and_uuids(self):
        assert types.date("2026-11-21") == date(2026, 11, 21)
        assert types.uuid("01936A3E-7B5C-7D2E-8F10-3C5D7E9FAB12") == UUID(
            "01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12"
        )


class TestSentences:
    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("small integer", "It must be a whole number from 1 to 100."),
            ("small number", "It must be a number from -0.5 to 99.75."),
            ("number", "It must be a number."),
            ("boolean", "It must be true or false."),
            ("instant", "It must be a date and time with an offset such as 2026-11-21T14:30:00Z."),
            ("string with a least length", "It must be a string of 2 to 5 characters, without NUL."),
            ("slug", "It must be a string of 0 to 8 characters that matches ^[a-z0-9]+(?:-[a-z0-9]+)*$."),
        ],
    )
    def test_says_what_is_wanted(self, name, sentence):
        with pytest.raises(ValueError, match=r".*") as refused:
            TYPES[name]("\0hunter2" * 5)
        assert str(refused.value) == sentence

    @pytest.mark.parametrize("name", TYPES)
    def test_never_repeats_the_value(self, name):
        with pytest.raises(ValueError, match=r".*") as refused:
            TYPES[name]("\0hunter2")
        assert "hunter2" not in str(refused.value)


class TestDeclarations:
    @pytest.mark.parametrize(
        ("declare", "arguments"),
        [
            (types.integer, {"minimum": 2, "maximum": 1}),
            (types.integer, {"minimum": 1, "maximum": 3, "example": 4}),
            (types.number, {"minimum": 0, "maximum": float("inf")}),
            (types.number, {"minimum": float("nan"), "maximum": 1}),
            (types.string, {"max_length": 1, "min_length": 2}),
            (types.string, {"max_length": 5, "pattern": "("}),
            (types.string, {"max_length": 5, "pattern": r"a\Z"}),
            (types.string, {"max_length": 2, "example": "abc"}),
        ],
        ids=str,
    )
    def test_what_cannot_be_kept_is_refused(self, declare, arguments):
        with pytest.raises(ContractError):
            declare(**arguments)

    def test_anchored_patterns_that_exclude_nul_stay_as_they_are(self):
        assert "allOf" not in TYPES["slug"].__schema__
        assert TYPES["loose pattern"].__schema__["allOf"] == [{"type": "string", "pattern": types.NO_NUL}]

    @pytest.mark.parametrize(
        "pattern",
        [
            "^.$",
            "^[^a]$",
            r"^\W$",
            "a",
            "^a|b$",
            r"^a\$",
            r"^\u0000$",
            r"^\x00$",
            "^\0$",
            r"^[\s\S]$",
        ],
        ids=ascii,
    )
    def test_no_pattern_lets_nul_through(self, pattern):
        schema = types.without_nul({"type": "string", "pattern": pattern})
        assert not any(types.schema_validator(schema)(text) for text in ("\0", "a\0", "\0b", "b\0a", "a\0b"))

    def test_copies_of_a_parser_share_the_type(self):
        assert deepcopy(types.timestamp) is types.timestamp


class TestStockRestx:
    """What made types of our own necessary: each of these is wrong in RESTX 1.3.2."""

    @pytest.mark.parametrize("text", ["1_000", " 3 ", ARABIC_THREE, FULLWIDTH_TWELVE, "+3", "03", "3\n"])
    def test_int_takes_what_no_json_number_is(self, text):
        assert stock_parse(int, text) == int(text)
        assert inputs.positive(text) == int(text)
        assert not taken(types.integer(), text)

    def test_bool_of_false_is_true(self):
        assert stock_parse(bool, "false") is True
        assert types.boolean("false") is False

    @pytest.mark.parametrize("text", ["nan", "inf", "1e400"])
    def test_float_takes_what_json_does_not_have(self, text):
        assert isinstance(stock_parse(float, text), float)
        assert not taken(types.number(), text)

    def test_own_types_work_in_a_stock_parser(self):
        assert stock_parse(types.integer(), "3") == 3
        assert stock_parse(types.timestamp, "2026-11-21T14:30:00Z") == datetime(
            2026, 11, 21, 14, 30, tzinfo=UTC
        )
        assert stock_parse(Decimal, "3.5") == Decimal("3.5")


def stock_parse(argument_type, text):
    parser = reqparse.RequestParser().add_argument("n", type=argument_type, location="args")
    with Flask(__name__).test_request_context("/", query_string={"n": text}):
        return parser.parse_args()["n"]
