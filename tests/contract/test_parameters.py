from __future__ import annotations

import io
import warnings
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import jsonschema_rs
import pytest
from flask import Flask, request
from flask_restx import Api, Resource, inputs, reqparse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from service.contract import types
from service.contract.errors import ContractError
from service.contract.parameters import ParsedParameters, compile_parameters
from service.contract.problems import InvalidInput, UnsupportedMediaType

APP = Flask(__name__)
ID = "01936a3e-7b5c-7d2e-8f10-3c5d7e9fab12"


def compiled(*arguments, method="get", strict=True):
    """Compile one parser; each argument is `(name, options)` with the query as the default place."""
    parser = reqparse.RequestParser()
    for name, options in arguments:
        parser.add_argument(name, **({"location": "args"} | options))
    return compile_parameters([parser], method=method, strict=strict)


def stock(name, **options):
    """Compile one argument of a stock application, whose place is the query."""
    return compiled((name, options), strict=False)


def parsed(parameters, query="", json_body=None, **options):
    with APP.test_request_context("/", query_string=query, **options):
        return parameters.parse(request, json_body)


def refusals(parameters, query="", json_body=None, **options):
    """Return `(where, code)` of everything that is refused."""
    with pytest.raises(InvalidInput) as refused:
        parsed(parameters, query, json_body, **options)
    return [(error.parameter or error.pointer, error.code) for error in refused.value.errors]


PAGE = ("page", {"type": types.integer(1, 1000), "default": 1, "help": "Which page."})
Q = ("q", {"type": types.string(max_length=10), "help": "What to look for."})
SORT = ("sort", {"type": types.string(max_length=9), "choices": ("newest", "oldest"), "default": "newest"})
IDS = ("ids", {"type": types.integer(), "action": "split"})
TAG = ("tag", {"type": types.string(max_length=10), "action": "append", "dest": "tags"})


class TestDocument:
    def test_query_parameters(self):
        assert compiled(PAGE, ("q", {"type": types.string(max_length=10), "required": True})).openapi() == [
            {
                "name": "page",
                "in": "query",
                "required": False,
                "description": "Which page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
            },
            {
                "name": "q",
                "in": "query",
                "required": True,
                "schema": {"type": "string", "maxLength": 10, "pattern": r"^[^\u0000]*$"},
            },
        ]

    def test_headers_and_cookies_have_their_own_place(self):
        text = types.string(max_length=10)
        parameters = compiled(
            ("X-Trace", {"type": text, "location": "headers"}),
            ("theme", {"type": text, "location": "cookies"}),
        )
        assert [(p["name"], p["in"]) for p in parameters.openapi()] == [
            ("X-Trace", "header"),
            ("theme", "cookie"),
        ]

    def test_choices_are_an_enum_of_the_items(self):
        parameters = compiled(SORT, ("status", SORT[1] | {"action": "append", "default": None}))
        plain, listed = parameters.openapi()
        assert plain["schema"] == {"type": "string", "enum": ["newest", "oldest"], "default": "newest"}
        assert listed["schema"]["items"] == {"type": "string", "enum": ["newest", "oldest"]}

    def test_lists(self):
        separated, repeated = compiled(IDS, TAG).openapi()
        assert (separated["style"], separated["explode"]) == ("form", False)
        assert (repeated["style"], repeated["explode"]) == ("form", True)
        assert repeated["name"] == "tag"
        assert separated["schema"]["type"] == repeated["schema"]["type"] == "array"
        assert separated["schema"]["minItems"] == 1

    def test_items_of_a_list_with_commas_have_none(self):
        parameters = compiled(("names", {"type": types.string(max_length=5), "action": "split"}))
        items = parameters.openapi()[0]["schema"]["items"]
        assert not types.accepts(items)("a,b")
        assert types.accepts(items)("a b")

    def test_examples_come_from_the_type(self):
        number = types.integer(1, 9, example=4)
        plain, listed = compiled(
            ("n", {"type": number}), ("ns", {"type": number, "action": "split"})
        ).openapi()
        assert plain["example"] == 4
        assert listed["example"] == [4]

    def test_defaults_that_change_or_that_json_lacks_are_left_out(self):
        later = {"type": types.instant, "default": lambda: datetime.now(UTC)}
        first = {"type": types.date, "default": date(2026, 11, 21)}
        schemas = [p["schema"] for p in compiled(("until", later), ("since", first)).openapi()]
        assert "default" not in schemas[0]
        assert schemas[1]["default"] == "2026-11-21"

    def test_sets_of_choices_have_one_order(self):
        words = {"pear", "apple", "fig", "plum", "lime"}
        enum = stock("fruit", choices=words).openapi()[0]["schema"]["enum"]
        assert enum == sorted(words)

    def test_the_parser_stays_as_it_was(self):
        parser = reqparse.RequestParser().add_argument(
            "Sort", choices=["A", "B"], case_sensitive=False, location="args"
        )
        before = dict(vars(parser.args[0]))
        parameters = compile_parameters([parser], method="get", strict=False)
        with APP.test_request_context("/?Sort=A"):
            assert parameters.parse(request) == {"Sort": "a"}
            assert vars(parser.args[0]) == before
            assert parser.parse_args() == {"Sort": "a"}


class TestQuery:
    def test_values_defaults_and_destinations(self):
        values = parsed(compiled(PAGE, Q, SORT, IDS, TAG), "page=2&ids=3,4&tag=a&tag=b,c")
        assert values == {"page": 2, "q": None, "sort": "newest", "ids": [3, 4], "tags": ["a", "b,c"]}
        assert isinstance(values, ParsedParameters)
        assert values.page == 2
        assert values.tags == ["a", "b,c"]
        with pytest.raises(AttributeError):
            _ = values.absent

    def test_everything_that_is_wrong_is_said_at_once(self):
        parameters = compiled(PAGE, Q, SORT, IDS, ("id", {"type": types.uuid, "required": True}))
        query = "page=0&q=" + "x" * 11 + "&sort=best&ids=1,x&pgae=1"
        assert refusals(parameters, query) == [
            ("pgae", "UNKNOWN_PARAMETER"),
            ("page", "INVALID"),
            ("q", "INVALID"),
            ("sort", "NOT_ALLOWED"),
            ("ids", "INVALID"),
            ("id", "REQUIRED"),
        ]

    def test_sentences_say_what_is_wanted(self):
        with pytest.raises(InvalidInput) as refused:
            parsed(compiled(PAGE, SORT, IDS), "page=hunter2&sort=hunter2&ids=1,hunter2")
        assert [error.detail for error in refused.value.errors] == [
            "It must be a whole number from 1 to 1000.",
            "It must be one of: newest, oldest.",
            "Value 2: It must be a whole number from -9223372036854775808 to 9223372036854775807.",
        ]

    @pytest.mark.parametrize("name", ["page", "ids"])
    def test_what_is_sent_twice_is_refused(self, name):
        assert refusals(compiled(PAGE, IDS), f"{name}=1&{name}=1") == [(name, "REPEATED")]

    def test_unknown_parameters_are_refused_without_any_declaration_too(self):
        assert refusals(compile_parameters([], method="get", strict=True), "a=1&b") == [
            ("a", "UNKNOWN_PARAMETER"),
            ("b", "UNKNOWN_PARAMETER"),
        ]

    def test_a_thousand_errors_are_a_hundred(self):
        query = "&".join(f"x{number}=1" for number in range(900))
        assert len(refusals(compiled(PAGE), query)) == 100

    @pytest.mark.parametrize(
        "query", ["page=%FF", "page=1%00", "page=", "page", "page=1_0", "page=%D9%A3", "page=+3", "page=3%0A"]
    )
    def test_strange_numbers_are_400(self, query):
        assert refusals(compiled(PAGE), query) == [("page", "INVALID")]

    def test_nul_in_a_text_is_400(self):
        assert refusals(compiled(Q), "q=a%00") == [("q", "INVALID")]

    def test_a_query_that_is_not_utf_8_is_400(self):
        with pytest.raises(InvalidInput, match="not UTF-8"):
            parsed(compiled(Q), environ_overrides={"QUERY_STRING": "q=\xff"})
        with (
            APP.test_request_context("/", environ_overrides={"QUERY_STRING": "q=\xff"}),
            pytest.raises(UnicodeDecodeError),
        ):
            reqparse.RequestParser().add_argument("q", location="args").parse_args()

    def test_defaults_are_made_for_each_request(self):
        parameters = compiled(
            ("tags", {"type": types.string(max_length=5), "action": "append", "default": ["a"]}),
            ("at", {"type": types.instant, "default": lambda: datetime.now(UTC)}),
        )
        first, second = parsed(parameters), parsed(parameters)
        first.tags.append("b")
        assert second.tags == ["a"]
        assert first["at"] <= second["at"]

    def test_what_is_not_stored_when_missing(self):
        assert parsed(compiled(("q", Q[1] | {"store_missing": False}))) == {}


class TestHeadersAndCookies:
    def test_headers_are_found_in_any_case(self):
        parameters = compiled(("X-Count", {"type": types.integer(), "location": "headers"}))
        assert parsed(parameters, headers={"x-COUNT": "3"}) == {"X-Count": 3}
        assert refusals(parameters, headers={"x-count": "3.5"}) == [("X-Count", "INVALID")]

    def test_lists_in_a_header(self):
        parameters = compiled(
            ("X-Ids", {"type": types.integer(), "location": "headers", "action": "split", "required": True})
        )
        assert parsed(parameters, headers={"X-Ids": "1, 2,3"}) == {"X-Ids": [1, 2, 3]}
        assert parameters.openapi()[0]["style"] == "simple"
        assert refusals(parameters) == [("X-Ids", "REQUIRED")]

    def test_other_headers_and_cookies_are_not_our_business(self):
        parameters = compiled(("theme", {"type": types.string(max_length=5), "location": "cookies"}))
        assert parsed(parameters, headers={"X-Other": "1", "Cookie": "theme=dark; other=1"}) == {
            "theme": "dark"
        }


class TestForms:
    NAME = (
        "name",
        {"type": types.string(max_length=5), "location": "form", "required": True, "help": "Its name."},
    )
    COUNT = ("count", {"type": types.integer(0, 9), "location": "form", "default": 1})
    FILE = ("file", {"type": FileStorage, "location": "files", "required": True})

    def test_a_form_is_a_closed_object_in_either_encoding(self):
        parameters = compiled(self.NAME, self.COUNT, method="post")
        body = parameters.body()
        assert list(body) == ["application/x-www-form-urlencoded", "multipart/form-data"]
        schema = body["multipart/form-data"]["schema"]
        assert schema["required"] == ["name"]
        assert schema["additionalProperties"] is False
        assert schema["properties"]["name"]["description"] == "Its name."
        assert schema["properties"]["count"] == {"type": "integer", "minimum": 0, "maximum": 9, "default": 1}
        assert parameters.openapi() == []
        assert parameters.json_body() is None

    def test_files_come_as_multipart_only(self):
        body = compiled(self.NAME, self.FILE, method="post").body()
        assert list(body) == ["multipart/form-data"]
        file = body["multipart/form-data"]["schema"]["properties"]["file"]
        assert file == {"type": "string", "contentMediaType": "application/octet-stream"}

    def test_values_and_files(self):
        parameters = compiled(self.NAME, self.COUNT, self.FILE, method="post")
        data = {"name": "a", "count": "3", "file": (io.BytesIO(b"hello"), "a.txt")}
        with APP.test_request_context("/", method="POST", data=data):
            values = parameters.parse(request)
            assert (values.name, values.count, values.file.filename) == ("a", 3, "a.txt")
            assert values.file.read() == b"hello"

    def test_everything_that_is_wrong(self):
        parameters = compiled(self.NAME, self.COUNT, self.FILE, method="post")
        data = {"count": "x", "other": "1", "upload": (io.BytesIO(b""), "b")}
        assert refusals(parameters, method="POST", data=data) == [
            ("other", "UNKNOWN_PARAMETER"),
            ("upload", "UNKNOWN_PARAMETER"),
            ("name", "REQUIRED"),
            ("count", "INVALID"),
            ("file", "REQUIRED"),
        ]

    def test_lists_in_a_form(self):
        parameters = compiled(
            ("ids", {"type": types.integer(), "location": "form", "action": "split"}),
            ("tag", {"type": types.string(max_length=5), "location": "form", "action": "append"}),
            method="post",
        )
        assert parsed(parameters, method="POST", data={"ids": "1,2", "tag": ["a", "b"]}) == {
            "ids": [1, 2],
            "tag": ["a", "b"],
        }
        encoding = parameters.body()["multipart/form-data"]["encoding"]
        assert encoding == {"ids": {"style": "form", "explode": False}}

    def test_another_body_is_415(self):
        with pytest.raises(UnsupportedMediaType):
            parsed(compiled(self.NAME, method="post"), method="POST", json={"name": "a"})
        with pytest.raises(UnsupportedMediaType):
            parsed(compiled(self.FILE, method="post"), method="POST", data={"file": "a"})

    def test_no_body_lacks_what_is_required(self):
        assert refusals(compiled(self.NAME, method="post"), method="POST") == [("name", "REQUIRED")]
        assert parsed(compiled(self.COUNT, method="post"), method="POST") == {"count": 1}

    @pytest.mark.parametrize(
        ("data", "content_type"),
        [
            (b"count=\xff", "application/x-www-form-urlencoded"),
            (b"hello", "multipart/form-data; boundary=b"),
            (b"--b\r\nX", "multipart/form-data; boundary=b"),
            (b"--b--", "multipart/form-data"),
        ],
        ids=ascii,
    )
    def test_a_malformed_form_is_400_not_an_empty_one(self, data, content_type):
        with pytest.raises(InvalidInput, match="malformed"):
            parsed(compiled(self.COUNT, method="post"), method="POST", data=data, content_type=content_type)

    def test_a_form_that_is_too_large_is_413(self):
        parameters = compiled(self.NAME, method="post")
        with APP.test_request_context("/", method="POST", data={"name": "a" * 600}):
            request.max_content_length = 500
            with pytest.raises(RequestEntityTooLarge):
                parameters.parse(request)


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
EXACT = [
    "str",
    "date",
    "date_from_iso8601",
    "datetime_from_iso8601",
    "regex",
    "email",
    "url",
    "URL",
    "ipv4",
    "ipv6",
    "ip",
    "UUID",
    "Enum",
]
EXACT += [
    "unanchored regex",
    "regex of Python",
    "email of some",
    "email of others",
    "with a schema",
    "with the name",
]


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

    @pytest.mark.parametrize("name", EXACT)
    @settings(max_examples=60, deadline=None)
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
                assert not types.accepts(schema)(text)
            else:
                assert types.accepts(schema)(text)

    def test_schemas_are_in_the_words_of_2020_12(self):
        assert stock("x", type=inputs.positive).openapi()[0]["schema"] == {
            "type": "integer",
            "minimum": 1,
            "maximum": 2**63 - 1,
        }

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


class TestOwnDeclarations:
    """What our own namespaces may not declare, because the document could not say it."""

    @pytest.mark.parametrize(
        ("method", "name", "options"),
        [
            ("post", "x", {"location": "json"}),
            ("get", "x", {"location": ("json", "values")}),
            ("get", "x", {"location": ("args", "headers")}),
            ("get", "x", {"location": "form"}),
            ("get", "x", {"location": "cookies", "action": "append"}),
            ("get", "Authorization", {"location": "headers"}),
            ("get", "x", {"location": "view_args"}),
            ("get", "x", {"type": lambda value: value}),
            ("get", "x", {"ignore": True}),
            ("get", "x", {"trim": True}),
            ("get", "x", {"case_sensitive": False}),
            ("get", "x", {"operators": ("=", "<")}),
            ("get", "x", {"type": types.integer(1, 5), "default": 6}),
            ("get", "items", {}),
            ("get", "x", {"dest": "pop"}),
        ],
        ids=str,
    )
    def test_is_refused(self, method, name, options):
        with pytest.raises(ContractError, match=name):
            compiled((name, {"type": types.string(max_length=5)} | options), method=method)

    def test_one_name_is_declared_once(self):
        with pytest.raises(ContractError, match="twice"):
            compiled(Q, Q)
        with pytest.raises(ContractError, match="twice"):
            compiled(Q, ("other", Q[1] | {"dest": "q"}))


class TestStockRestx:
    """What made an engine of our own necessary: each of these is wrong in RESTX 1.3.2."""

    def test_expecting_a_parser_parses_nothing(self):
        api = Api(app := Flask(__name__))
        parser = reqparse.RequestParser().add_argument("page", type=int, required=True, location="args")

        @api.route("/things")
        class Things(Resource):
            @api.expect(parser, validate=True)
            def get(self):
                return "reached"

        assert app.test_client().get("/things?page=abc").json == "reached"
        assert refusals(compile_parameters([parser], method="get", strict=False), "page=abc") == [
            ("page", "INVALID")
        ]

    def test_one_error_at_a_time_and_the_first_of_two_values(self):
        parser = (
            reqparse.RequestParser()
            .add_argument("a", type=int, location="args")
            .add_argument("b", type=int, location="args")
        )
        with APP.test_request_context("/?a=1&a=2"):
            assert parser.parse_args() == {"a": 1, "b": None}
        parameters = compile_parameters([parser], method="get", strict=False)
        assert refusals(parameters, "a=1&a=2&b=x") == [("a", "REPEATED"), ("b", "INVALID")]

    def test_cookies_are_documented_as_query(self):
        argument = reqparse.Argument("theme", location="cookies")
        assert argument.__schema__["in"] == "query"

    def test_the_method_may_parse_again(self):
        parser = reqparse.RequestParser().add_argument("n", type=int, action="append", location="args")
        parameters = compile_parameters([parser], method="get", strict=False)
        with APP.test_request_context("/?n=1&n=2"):
            assert parameters.parse(request) == parser.parse_args() == {"n": [1, 2]}


GENERATED = {
    "integer": types.integer(-5, 3000),
    "number": types.number(-5, 3000),
    "boolean": types.boolean,
    "instant": types.instant,
    "date": types.date,
    "uuid": types.uuid,
    "string": types.string(max_length=8, min_length=1),
    "slug": types.string(max_length=8, pattern="^[a-z0-9-]+$"),
    "stock-int": inputs.int_range(1, 20),
    "stock-date-time": inputs.datetime_from_iso8601,
    "stock-email": inputs.email(),
    "stock-url": inputs.url,
    "stock-regex": inputs.regex(r"^\d{3}$"),
}
SHAPES = {
    "plain": {"location": "args"},
    "repeated": {"location": "args", "action": "append"},
    "commas": {"location": "args", "action": "split"},
    "header": {"location": "headers"},
    "cookie": {"location": "cookies"},
}


class TestAgainstSchemathesis:
    """Generated data that matches the document is taken; data that does not is refused."""

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("kind", [kind for kind in GENERATED if not kind.startswith("stock")])
    def test_own_types(self, kind, shape):
        parameters = compiled(("X-Value", {"type": GENERATED[kind], "required": True} | SHAPES[shape]))
        call_generated(parameters.openapi(), parameters.parse)

    @pytest.mark.parametrize("kind", [kind for kind in GENERATED if kind.startswith("stock")])
    def test_stock_types(self, kind):
        parameters = stock("X-Value", type=GENERATED[kind], required=True)
        call_generated(parameters.openapi(), parameters.parse)

    @pytest.mark.parametrize(
        ("parse", "noticed"),
        [
            (lambda _request: None, "AcceptedNegativeData"),
            (compile_parameters([], method="get", strict=True).parse, "RejectedPositiveData"),
        ],
        ids=["takes all", "takes nothing"],
    )
    def test_would_notice(self, parse, noticed):
        with pytest.raises(BaseExceptionGroup) as failed:
            call_generated(compiled(("n", {"type": types.integer(1, 9)})).openapi(), parse)
        assert type(failed.value.exceptions[0]).__name__ == noticed


def call_generated(documented, parse):
    """Send valid and invalid requests; Schemathesis' own checks say whether they were answered rightly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries on the newest Python
        import schemathesis
        from schemathesis.specs.openapi import checks

    chosen = [checks.positive_data_acceptance, checks.negative_data_rejection]
    schema = schemathesis.openapi.from_wsgi("/openapi.json", answering_app(documented, parse))
    operation = next(iter(schema.get_all_operations())).ok()
    for mode in schemathesis.GenerationMode:
        quick = settings(
            max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate]
        )

        @settings(quick, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def attempt(case):
            case.call_and_validate(checks=chosen)

        attempt()


def answering_app(documented, parse):
    """Return an application with one operation, which takes what `parse` takes and says that it takes `documented`."""
    app = Flask(__name__)
    answers = {str(status): {"description": "An answer."} for status in (204, 400)}
    operation = {"operationId": "try", "parameters": documented, "responses": answers}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Parameters", "version": "1"},
        "paths": {"/things": {"get": operation}},
    }
    app.add_url_rule("/openapi.json", "document", lambda: document)

    @app.get("/things")
    def things():
        try:
            parse(request)
        except InvalidInput:
            return "", 400
        return "", 204

    return app
