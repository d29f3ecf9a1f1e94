"""The version that a change requires, and the error for any other."""

from __future__ import annotations

import pytest

from service.contract.checks.compatibility import (
    Change,
    ChangeLevel,
    Version,
    allowed_versions,
    parse,
    version_error,
)

PATCH, ADDITION, BREAKING, FORBIDDEN = ChangeLevel
WHERE = 'version = "{version}" in the settings'


def change(level: ChangeLevel, operation: str = "getThing", sentence: str = "Is new.") -> Change:
    return Change(level, "response", operation, "Thing.a", sentence)


class TestParse:
    @pytest.mark.parametrize("text", ["0.1.0", "1.22.333"])
    def test_three_numbers(self, text):
        assert str(parse(text)) == text

    @pytest.mark.parametrize(
        "text", ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-rc.1", "v1.0.0", "1.0.0\n", "1.0.١"]
    )
    def test_anything_else_is_refused(self, text):
        with pytest.raises(ValueError, match="is not a version"):
            parse(text)


@pytest.mark.parametrize(
    ("released", "level", "allowed"),
    [
        ("1.2.3", None, ["1.2.3", "1.2.4", "1.3.0", "2.0.0"]),
        ("1.2.3", PATCH, ["1.2.4", "1.3.0", "2.0.0"]),
        ("1.2.3", ADDITION, ["1.3.0", "2.0.0"]),
        ("1.2.3", BREAKING, ["2.0.0"]),
        ("0.2.3", None, ["0.2.3", "0.2.4", "0.3.0", "1.0.0"]),
        ("0.2.3", PATCH, ["0.2.4", "0.3.0", "1.0.0"]),
        ("0.2.3", ADDITION, ["0.2.4", "0.3.0", "1.0.0"]),
        ("0.2.3", BREAKING, ["0.3.0", "1.0.0"]),
    ],
)
def test_what_may_follow(released, level, allowed):
    assert [str(version) for version in allowed_versions(parse(released), level)] == allowed


class TestComplaint:
    @staticmethod
    def said(released: str, claimed: str, *levels: ChangeLevel) -> str:
        changes = [change(level, sentence=f"Sentence {number}.") for number, level in enumerate(levels)]
        return version_error(parse(released), parse(claimed), changes, version_instructions=WHERE)

    @pytest.mark.parametrize(
        ("claimed", "levels"),
        [
            ("1.2.3", []),
            ("1.2.4", []),
            ("1.2.4", [PATCH]),
            ("1.3.0", [PATCH, ADDITION]),
            ("2.0.0", [PATCH]),
            ("2.0.0", [BREAKING, ADDITION]),
        ],
    )
    def test_none_about_a_right_version(self, claimed, levels):
        assert self.said("1.2.3", claimed, *levels) == ""

    def test_the_version_that_was_released_is_not_this_any_more(self):
        assert self.said("1.2.3", "1.2.3", PATCH) == (
            "The document has version 1.2.3, and must have 1.2.4 or 1.3.0 or 2.0.0 "
            "after a documentation change since 1.2.3.\n"
            'Set version = "1.2.4" in the settings, or revert:\n'
            "  patch: `getThing`, response Thing.a: Sentence 0."
        )

    def test_only_what_is_too_heavy_for_the_version_is_to_be_taken_back(self):
        assert self.said("1.2.3", "1.3.0", ADDITION, BREAKING) == (
            "The document has version 1.3.0, and must have 2.0.0 after a breaking change since 1.2.3.\n"
            'Set version = "2.0.0" in the settings, or revert:\n'
            "  breaking: `getThing`, response Thing.a: Sentence 1."
        )
        assert self.said("1.2.3", "1.2.4", PATCH, ADDITION, BREAKING).count("\n  ") == 2

    @pytest.mark.parametrize("claimed", ["1.2.2", "1.2.5", "1.4.0", "3.0.0", "0.9.0", "1.3.1"])
    def test_a_version_that_does_not_follow_has_nothing_to_take_back(self, claimed):
        said = self.said("1.2.3", claimed, ADDITION)
        assert said.endswith('after an addition since 1.2.3.\nSet version = "1.3.0" in the settings.')
        assert f"has version {claimed}" in said

    def test_a_gap_without_a_change(self):
        assert "1.2.3 or 1.2.4 or 1.3.0 or 2.0.0 after no change since 1.2.3" in self.said("1.2.3", "1.2.9")

    @pytest.mark.parametrize("claimed", ["1.2.3", "2.0.0", "9.0.0"])
    def test_before_an_announced_end_no_version_helps(self, claimed):
        assert self.said("1.2.3", claimed, FORBIDDEN, BREAKING) == (
            "No version allows these changes after 1.2.3. Revert:\n"
            "  forbidden: `getThing`, response Thing.a: Sentence 0."
        )

    def test_before_1_0_0_a_breaking_change_is_due_a_minor_version(self):
        assert self.said("0.1.0", "0.1.1", BREAKING).startswith(
            "The document has version 0.1.1, and must have 0.2.0 or 1.0.0 after a breaking change since 0.1.0."
        )
        assert self.said("0.1.0", "0.1.1", ADDITION) == ""

    def test_the_same_of_many_operations_is_said_once(self):
        changes = [change(BREAKING, f"operation{number}") for number in range(8)]
        said = version_error(Version(1, 0, 0), Version(1, 0, 0), changes, version_instructions=WHERE)
        assert said.count("Is new.") == 1
        assert "`operation0`, `operation1`, `operation2`, `operation3` and 4 others, response Thing.a" in said

    def test_a_long_list_comes_to_an_end(self):
        said = self.said("1.0.0", "1.0.0", *[PATCH] * 50)
        assert said.endswith("\n  and 10 more")
        assert said.count("\n  patch: ") == 40
