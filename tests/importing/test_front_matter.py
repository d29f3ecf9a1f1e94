"""Front matter is foreign input: what it says is read, and nothing in it can hurt."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from service.importing.front_matter import BadFrontMatter, Kind, read
from tests.complexity import count_calls


def values(text):
    return read(text).values


class TestKinds:
    def test_toml(self):
        matter = read('+++\ntitle = "A"\ndate = 2024-01-02\n[extra]\nn = 1\n+++\n\nBody\n')
        assert matter.kind is Kind.TOML
        assert matter.values == {"title": "A", "date": date(2024, 1, 2), "extra": {"n": 1}}

    def test_yaml(self):
        matter = read("---\ntitle: A\ndate: 2024-01-02T10:00:00+02:00\n---\nBody\n")
        assert matter.kind is Kind.YAML
        assert matter.values["date"].astimezone(UTC) == datetime(2024, 1, 2, 8, tzinfo=UTC)

    def test_yaml_may_end_with_dots(self):
        assert values("---\ntitle: A\n...\nBody") == {"title": "A"}

    def test_json_ends_where_its_object_does(self):
        text = '{\n  "title": "A } \\n+++",\n  "tags": ["x"]\n}\n\nBody'
        matter = read(text)
        assert (matter.kind, matter.values) == (Kind.JSON, {"title": "A } \n+++", "tags": ["x"]})
        assert text[matter.body_start :] == "Body"

    @pytest.mark.parametrize(
        "text", ["", "Text", "{{< figure >}}\n", "{: .note}\n", "---\n\nA line above.", "+ + +\n"]
    )
    def test_text_without_front_matter_is_all_body(self, text):
        matter = read(text)
        assert (matter.kind, matter.values, matter.body_start) == (Kind.NONE, {}, 0)

    def test_text_between_two_lines_across_the_page_is_no_front_matter(self):
        assert read("---\nJust a sentence.\n---\n").kind is Kind.NONE

    @pytest.mark.parametrize("text", ["---\n---\nBody", "+++\n+++\nBody"])
    def test_empty_front_matter_is_one(self, text):
        matter = read(text)
        assert matter.values == {}
        assert text[matter.body_start :] == "Body"


class TestBody:
    @pytest.mark.parametrize(
        ("after", "body"),
        [("Body", "Body"), ("\nBody", "Body"), ("\n\nBody", "\nBody"), ("  \nBody", "  \nBody"), ("", "")],
    )
    def test_begins_after_one_blank_line(self, after, body):
        text = f'+++\ntitle = "A"\n+++\n{after}'
        assert text[read(text).body_start :] == body

    def test_crlf(self):
        text = '+++\r\ntitle = "A"\r\n+++\r\n\r\nBody\r\n'
        matter = read(text)
        assert matter.values == {"title": "A"}
        assert text[matter.body_start :] == "Body\r\n"

    def test_fences_in_the_body_are_text(self):
        text = '+++\ntitle = "A"\n+++\nBody\n+++\nmore\n'
        assert text[read(text).body_start :] == "Body\n+++\nmore\n"


class TestValues:
    def test_words_of_yaml_stay_words(self):
        text = "---\ntitle: 2024\ntags: [1.10, no, 2020-01-02]\nslug: on\nauthor: Off\n---\n"
        assert values(text) == {
            "title": "2024",
            "tags": ["1.10", "no", "2020-01-02"],
            "slug": "on",
            "author": "Off",
        }

    def test_nulls_are_gone(self):
        assert values("---\ntitle: A\nimage:\ntags: [a, null]\n---\n") == {"title": "A", "tags": ["a"]}

    def test_what_json_cannot_say_becomes_text(self):
        text = "+++\na = inf\nb = 99999999999999999999\nc = 10:20:30\n+++\n"
        assert values(text) == {"a": "inf", "b": "99999999999999999999", "c": "10:20:30"}

    def test_yaml_sets_bytes_and_odd_keys(self):
        text = "---\n1: one\nnull: nothing\ns: !!set {a}\nb: !!binary AAEC\n---\n"
        assert values(text) == {"1": "one", "None": "nothing", "s": ["a"], "b": "AAEC"}

    def test_yaml_aliases_and_merges(self):
        text = "---\na: &a {x: 1}\nb: {<<: *a, y: 2}\n---\n"
        assert values(text) == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 10)
)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('+++\ntitle = "A"\n', "does not end"),
            ("---\ntitle: A\n", "does not end"),
            ("+++\ntitle = \n+++\n", "TOML does not parse"),
            ("---\ntitle: [a\n---\n", r"YAML does not parse: .*line 2"),
            ("---\nwhen: 2020-13-45\n---\n", "YAML does not parse"),
            ("---\nx: !!bool what\n---\n", "YAML does not parse"),
            ("---\nx: !!timestamp what\n---\n", "YAML does not parse"),
            ("---\nx: !!python/object/apply:os.system [ls]\n---\n", "YAML does not parse"),
            ("---\n- a\n- b\n---\n", "not a table"),
            ('{"title": }\n', "JSON does not parse"),
            ('{"title": "A"} text\n', "follows"),
            ('---\nx: "\\ud800"\n---\n', "surrogate|does not parse"),
            ('{"x": "\\ud800"}\n', "surrogate"),
            ('{"\\ud800": 1}\n', "surrogate"),
            ('+++\nx = "\\u0000"\n+++\n', "NUL"),
            ('{"x": ' + "9" * 5000 + "}\n", "JSON does not parse"),
            (f'+++\nx = "{"a" * 70_000}"\n+++\n', "64 KiB"),
            (f"---\nx: [{'a, ' * 6000}]\n---\n", "more than 5000 values|without end"),
            (f"+++\nx = [{'1, ' * 6000}]\n+++\n", "more than 5000 values"),
            (f"---\n{BOMB}---\n", "without end"),
            (f"---\n{MERGES}---\n", "without end"),
            ("---\na: &a [*a]\n---\n", "without end"),
        ],
    )
    def test_with_a_reason(self, text, reason):
        def refused():
            with pytest.raises(BadFrontMatter, match=reason):
                read(text)

        # The bombs ask for millions; 5,000 honest values take 166,000.
        assert count_calls(refused) < 300_000

    @pytest.mark.parametrize(
        "deep", ["x: " + "[" * 60_000, "- " * 30_000, "? " * 30_000, "x: " + "{a: " * 15_000]
    )
    def test_deep_yaml_is_refused_before_it_can_end_the_process(self, deep):
        with pytest.raises(BadFrontMatter, match="levels deep"):
            read(f"---\ntitle: A\n{deep}\n---\n" if deep.startswith("x") else f"---\ntitle:\n  {deep}\n---\n")

    @pytest.mark.parametrize("text", [f"+++\nx = {'[' * 30_000}\n+++\n", '{"x": ' + "[" * 30_000])
    def test_deep_toml_and_json(self, text):
        with pytest.raises(BadFrontMatter, match=r"nested|parse"):
            read(text)
