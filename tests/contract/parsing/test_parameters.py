from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from flask import Flask, request
from flask_restx import Api, Resource, reqparse
from werkzeug.datastructures import FileStorage

from service.contract import types
from service.contract.errors import ContractError
from service.contract.parsing.parameters import ParsedParameters, compile_parameters
from service.contract.problems import ContentTooLarge, InvalidInput, UnsupportedMediaType
from tests.contract.parsing.requests import APP, compiled, parsed, refusals, stock

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
        assert not types.schema_validator(items)("a,b")
        assert types.schema_validator(items)("a b")

    def test_examples_come_from_the_type(self):
        number = types.integer(1, 9, example=4)
        plain, listed = compiled(
            ("n", {"type": number}), ("ns", {"type": number, "action": "split"})
        ).openapi()
        assert plain["example"] == 4
        assert listed["example"] == [4]

    def test_defaults_that_change_or_that_json_lacks_are_left_out(self):
        later = {"type": types.timestamp, "default": lambda: datetime.now(UTC)}
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
            ("page", "TOO_SMALL"),
            ("q", "TOO_LONG"),
            ("sort", "NOT_ALLOWED"),
            ("ids", "WRONG_TYPE"),
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
        "query", ["page=1%00", "page=", "page", "page=1_0", "page=%D9%A3", "page=+3", "page=3%0A"]
    )
    def test_strange_numbers_are_400(self, query):
        assert refusals(compiled(PAGE), query) == [("page", "WRONG_TYPE")]

    def test_nul_in_a_text_is_400(self):
        assert refusals(compiled(Q), "q=a%00") == [("q", "INVALID_FORMAT")]

    @pytest.mark.parametrize("query", ["q=%FF", "%ff=1", "q=%C3", "q=a%ed%a0%80"])
    def test_an_escape_that_is_not_utf_8_is_400(self, query):
        with pytest.raises(InvalidInput, match="not UTF-8"):
            parsed(compiled(Q), query)

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
            ("at", {"type": types.timestamp, "default": lambda: datetime.now(UTC)}),
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
        assert refusals(parameters, headers={"x-count": "3.5"}) == [("X-Count", "WRONG_TYPE")]

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
            ("count", "WRONG_TYPE"),
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
            with pytest.raises(ContentTooLarge):
                parameters.parse(request)


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
            ("page", "WRONG_TYPE")
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
        assert refusals(parameters, "a=1&a=2&b=x") == [("a", "REPEATED"), ("b", "WRONG_TYPE")]

    def test_cookies_are_documented_as_query(self):
        argument = reqparse.Argument("theme", location="cookies")
        assert argument.__schema__["in"] == "query"

    def test_the_method_may_parse_again(self):
        parser = reqparse.RequestParser().add_argument("n", type=int, action="append", location="args")
        parameters = compile_parameters([parser], method="get", strict=False)
        with APP.test_request_context("/?n=1&n=2"):
            assert parameters.parse(request) == parser.parse_args() == {"n": [1, 2]}
