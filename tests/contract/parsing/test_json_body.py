from __future__ import annotations

import io
import json

import pytest
from flask import Flask, request
from hypothesis import example, given
from hypothesis import strategies as st

from service.contract.parsing.json_body import load_json, read_json_body
from service.contract.problems import ContentTooLarge, MalformedJson, UnsupportedMediaType

GRIN = "\N{GRINNING FACE}"


def nested(depth, inner=b""):
    return b"[" * depth + inner + b"]" * depth


BAD = {
    "nothing": b"",
    "white space": b" \t\r\n",
    "vertical tab": b"\x0b",
    "no-break space around it": b"\xc2\xa01",
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without BOM": '{"a": 1}'.encode("utf-16-le"),
    "Latin-1": '"é"'.encode("latin-1"),
    "overlong UTF-8": b'"\xc0\x80"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "beyond Unicode": b'"\xf4\x90\x80\x80"',
    "cut UTF-8": b'"\xe2\x82',
    "repeated key": b'{"a": 1, "a": 1}',
    "repeated key, escaped": b'{"a": 1, "\\u0061": 2}',
    "repeated key, deep": b'[{"a": {"b": 1, "c": 2, "b": 3}}]',
    "NaN": b"NaN",
    "NaN in a list": b"[NaN]",
    "Infinity": b'{"a": Infinity}',
    "-Infinity": b"-Infinity",
    "too large": b"1e400",
    "too small": b"[-1e400]",
    "too large without exponent": b"1" + b"0" * 309 + b".0",
    "too large with zeros before the exponent": b"1e0000400",
    "5,000 digits": b"9" * 5000,
    "5,000 digits, negative, in an object": b'{"a": -' + b"9" * 5000 + b"}",
    "65 lists": nested(65),
    "65 objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "65 levels, mixed": b'[{"a":' * 33 + b"1" + b"}]" * 33,
    "100,000 open lists": b"[" * 100_000,
    "100,000 open objects": b'{"a":' * 100_000,
    "NUL": b"\0",
    "NUL in a string": b'"a\0b"',
    "NUL after it": b"{}\0",
    "NUL escaped": b'"\\u0000"',
    "NUL escaped in a key": b'{"a\\u0000": 1}',
    "NUL escaped, deep": b'[[{"a": ["b\\u0000c"]}]]',
    "NUL escaped after an escaped backslash": b'"\\\\\\u0000"',
    "high surrogate alone": b'"\\ud800"',
    "high surrogate alone, upper case": b'"\\uD83D"',
    "low surrogate alone": b'"\\ude00"',
    "surrogates the wrong way round": b'"\\ude00\\ud83d"',
    "surrogate in a key": b'{"\\udfff": 1}',
    "control character": b'"a\nb"',
    "tab in a string": b'"\t"',
    "single quotes": b"{'a': 1}",
    "bare key": b"{a: 1}",
    "comma at the end of a list": b"[1,]",
    "comma at the end of an object": b'{"a": 1,}',
    "comma missing": b"[1 2]",
    "colon missing": b'{"a" 1}',
    "open string": b'"abc',
    "open list": b"[1",
    "open object": b'{"a": 1',
    "closed only": b"]",
    "wrong bracket": b"[1}",
    "two values": b"1 2",
    "two documents": b"{}{}",
    "comment": b"/* */ 1",
    "leading zero": b"01",
    "plus": b"+1",
    "no digit before the point": b".5",
    "no digit after the point": b"1.",
    "no digit in the exponent": b"1e",
    "minus alone": b"-",
    "hexadecimal": b"0x10",
    "underscore": b"1_000",
    "Arabic digit": "٣".encode(),
    "unknown escape": b'"\\x41"',
    "short escape": b'"\\u12"',
    "escape with a sign": b'"\\u+123"',
    "True": b"True",
    "undefined": b"undefined",
    "hash": b"#",
}

GOOD = {
    "null": (b"null", None),
    "white space around it": (b" \t\r\n{} ", {}),
    "object": (b'{"a": [1, 2.5, "x", true, false, null]}', {"a": [1, 2.5, "x", True, False, None]}),
    "64 levels": (nested(64), json.loads(nested(64))),
    "many brackets, but flat": (b"[" + b",".join([b"{}"] * 500) + b"]", [{}] * 500),
    "brackets in strings": (b'["' + b"[{" * 200 + b'"]', ["[{" * 200]),
    "brackets after an escaped quote": (b'["\\"' + b"[" * 200 + b'"]', ['"' + "[" * 200]),
    "brackets after an escaped backslash": (b'["\\\\",' + nested(63) + b"]", ["\\", json.loads(nested(63))]),
    "beyond 64 bits": (b"[18446744073709551616]", [2**64]),
    "4,300 digits": (b"9" * 4300, 10**4300 - 1),
    "surrogate pair": (b'"\\ud83d\\ude00"', GRIN),
    "unescaped": (f'"{GRIN}\u2028"'.encode(), f"{GRIN}\u2028"),
    "escaped backslash before u0000": (b'"\\\\u0000"', "\\u0000"),
    "escaped backslash before ud800": (b'"\\\\ud800"', "\\ud800"),
    "same key in different objects": (b'[{"a": 1}, {"a": {"a": 2}}]', [{"a": 1}, {"a": {"a": 2}}]),
    "largest double": (b"1.7976931348623157e308", 1.7976931348623157e308),
    "to nothing": (b"1e-400", 0.0),
    "escaped control characters": (b'"\\n\\t\\u0001"', "\n\t\x01"),
    "words that are no constants": (b'["NaN", "Infinity"]', ["NaN", "Infinity"]),
}

# Finite, storable JSON: what RFC 8259 allows and every peer of ours can hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXTS, inner, max_size=6),
    max_leaves=30,
)


class TestLoadJson:
    @pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
    def test_refuses(self, raw):
        with pytest.raises(MalformedJson) as refused:
            load_json(raw)
        assert refused.value.detail.startswith(
            ("The body ", "A string in the body ", "An object in the body ")
        )

    @pytest.mark.parametrize(("raw", "value"), GOOD.values(), ids=GOOD)
    def test_reads(self, raw, value):
        assert load_json(raw) == value

    @given(DOCUMENTS, st.booleans(), st.sampled_from([None, 0, 3]))
    def test_agrees_with_the_standard_library_on_valid_documents(self, document, ascii_only, indent):
        raw = json.dumps(document, ensure_ascii=ascii_only, indent=indent, allow_nan=False).encode()
        assert load_json(raw) == json.loads(raw) == document

    @given(DOCUMENTS)
    def test_keeps_integers_and_floats_apart(self, document):
        assert repr(load_json(json.dumps(document).encode())) == repr(json.loads(json.dumps(document)))

    @given(st.binary() | st.text(alphabet='[]{}",:\\u0dDeE+-.19 \n\0aNI').map(str.encode))
    @example(b'"\\')
    @example(b'["\\"]')
    def test_anything_else_is_malformed_and_nothing_worse(self, raw):
        try:
            value = load_json(raw)
        except MalformedJson:
            return
        assert json.loads(raw) == value
        assert load_json(json.dumps(value).encode()) == value

    @given(st.integers(1, 130), st.integers(0, 65), st.sampled_from([b"[]", b'"["', b"{}"]))
    def test_counts_levels_whatever_stands_beside_them(self, depth, width, sibling):
        raw = nested(depth, b",".join([sibling] * width))
        is_container = sibling != b'"["' and width > 0
        if depth + is_container <= 64:
            assert load_json(raw) == json.loads(raw)
        else:
            with pytest.raises(MalformedJson, match="deeper than 64"):
                load_json(raw)

    @pytest.mark.parametrize(
        ("raw", "sentence"),
        [
            (b'{\n  "a": hunter2}', "The body is not JSON: Expecting value (line 2, column 8)."),
            (b'"\xff"', "The body is not UTF-8 (byte 1)."),
            (b" " * 3 + nested(65), "The body is nested deeper than 64 levels (byte 67)."),
            (b'{"hunter2": 1, "hunter2": 2}', "An object in the body has a duplicate key."),
            (b"[1e400]", "The body has a number that is too large."),
            (b"[NaN]", "The body is not JSON: NaN is not a JSON number."),
        ],
        ids=ascii,
    )
    def test_says_what_and_where_and_not_which_value(self, raw, sentence):
        with pytest.raises(MalformedJson) as refused:
            load_json(raw)
        assert refused.value.detail == sentence

    @pytest.mark.parametrize(
        "name", ["repeated key", "NaN", "too large", "high surrogate alone", "NUL escaped"]
    )
    def test_the_standard_library_takes_it(self, name):
        json.loads(BAD[name])

    def test_the_standard_library_fails_in_other_ways(self):
        with pytest.raises(RecursionError):
            json.loads(BAD["100,000 open lists"])
        with pytest.raises(ValueError, match="digits"):
            json.loads(BAD["5,000 digits"])


def read(body=b"{}", limit_bytes=100, max_content_length=None, required=True, **options):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = max_content_length
    options = {"content_type": "application/json", **options}
    with app.test_request_context("/", method="POST", data=body, **options):
        return read_json_body(request, limit_bytes=limit_bytes, required=required)


def chunked(body, *, content_type="application/json"):
    """Return the options of a request without Content-Length whose server ends the stream, as gunicorn does."""
    return {
        "body": None,
        "content_type": content_type,
        "headers": {"Transfer-Encoding": "chunked"},
        "environ_overrides": {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    }


class CountingStream(io.RawIOBase):
    """An endless body that knows how much of it was read."""

    read_bytes = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.read_bytes += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


class TestOptionalBody:
    @pytest.mark.parametrize("content_type", ["", "application/json", "text/plain"])
    def test_without_one_it_is_an_empty_object(self, content_type):
        assert read(b"", required=False, content_type=content_type) == {}
        assert read(**chunked(io.BytesIO(), content_type=content_type), required=False) == {}

    @pytest.mark.parametrize("way", ["with its length", "in chunks"])
    def test_one_that_is_sent_is_read_as_any_other(self, way):
        def sent(body, content_type="application/json"):
            if way == "in chunks":
                return read(**chunked(io.BytesIO(body), content_type=content_type), required=False)
            return read(body, content_type=content_type, required=False)

        assert sent(b'{"a": 1}') == {"a": 1}
        for body, content_type, problem in (
            (b'{"a": 1}', "text/plain", UnsupportedMediaType),
            (b" ", "application/json", MalformedJson),
            (b" " * 101, "application/json", ContentTooLarge),
        ):
            with pytest.raises(problem):
                sent(body, content_type)


class TestReadJsonBody:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            'application/json; charset="UTF-8"',
            "application/merge-patch+json",
            "application/json; profile=x",
        ],
    )
    def test_takes(self, content_type):
        assert read(b'{"a": "\xc3\xa9"}', content_type=content_type) == {"a": "é"}

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "json",
            "text/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/json+xml",
            "application/+json",
            "text/x+json",
            "*/*",
            "application/json; charset=latin-1",
            "application/json; charset=utf-16",
        ],
    )
    def test_other_media_types_are_415(self, content_type):
        with pytest.raises(UnsupportedMediaType):
            read(content_type=content_type)

    @pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip"])
    def test_encoded_bodies_are_415(self, coding):
        with pytest.raises(UnsupportedMediaType):
            read(headers={"Content-Encoding": coding})
        assert read(headers={"Content-Encoding": "identity"}) == {}

    def test_up_to_the_limit(self):
        assert read(b'"' + b"a" * 98 + b'"') == "a" * 98
        with pytest.raises(ContentTooLarge, match="100 bytes"):
            read(b'"' + b"a" * 99 + b'"')

    def test_too_large_comes_before_the_media_type(self):
        with pytest.raises(ContentTooLarge):
            read(b"a" * 101, content_type="text/plain")

    def test_a_lower_limit_of_the_application_holds(self):
        with pytest.raises(ContentTooLarge, match="10 bytes"):
            read(b'"' + b"a" * 9 + b'"', max_content_length=10)

    def test_chunked_bodies_are_read(self):
        assert read(**chunked(io.BytesIO(b'"' + b"a" * 98 + b'"'))) == "a" * 98

    def test_chunked_bodies_beyond_the_limit_are_not_read_to_their_end(self):
        stream = CountingStream()
        with pytest.raises(ContentTooLarge):
            read(**chunked(stream))
        assert stream.read_bytes <= 101

    @pytest.mark.parametrize("content_type", [None, "application/json"])
    def test_an_empty_body_is_400(self, content_type):
        with pytest.raises(MalformedJson, match="empty"):
            read(b"", content_type=content_type)

    def test_a_body_shorter_than_it_says_is_400(self):
        with pytest.raises(MalformedJson, match="Content-Length"):
            read(b"{}", headers={"Content-Length": "50"}, environ_overrides={"CONTENT_LENGTH": "50"})

    def test_bad_json_is_400(self):
        with pytest.raises(MalformedJson):
            read(b"{,}")

    def test_flask_can_read_the_body_again(self):
        with Flask(__name__).test_request_context("/", method="POST", json={"a": 1}):
            assert read_json_body(request, limit_bytes=100) == {"a": 1}
            assert request.get_json() == {"a": 1}
