"""Releasing, and the history of what was released."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.contract.checks.compatibility import ReleaseError, Releases, Version, changelog
from tests.contract.checks.compatibility.fragments import TODAY, document

WHERE = "the version {version} in the settings"


def made(version: str, *edits: Any) -> bytes:
    content = document(*edits)
    content["info"]["version"] = version
    return orjson.dumps(content)


def summary(text: str):
    return lambda operation: operation.update(summary=text)


def no_parameters(operation: dict[str, Any]) -> None:
    operation["parameters"] = operation["parameters"][:1]


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path, WHERE)


def exported(releases: Releases, content: bytes) -> bytes:
    (releases.folder / "openapi.json").write_bytes(content)
    return content


def release(releases: Releases, content: bytes, today: date = TODAY) -> Version:
    return releases.release(exported(releases, content), today=today)


class TestRelease:
    def test_the_first_one_has_any_version(self, releases):
        assert releases.version_error(orjson.loads(made("0.1.0")), today=TODAY) == ""
        assert release(releases, made("0.1.0")) == Version(0, 1, 0)
        assert (releases.folder / "released" / "0.1.0.json").read_bytes() == made("0.1.0")
        assert releases.changelog_file.read_text() == releases.changelog()

    def test_it_is_compared_with_the_newest(self, releases):
        for version in ("0.9.0", "0.10.0"):
            release(releases, made(version, summary(version)))
        assert release(releases, made("0.10.1", summary("More"))) == Version(0, 10, 1)

    def test_a_wrong_version_is_refused_with_what_to_do(self, releases):
        release(releases, made("1.0.0"))
        with pytest.raises(ReleaseError) as refused:
            release(releases, made("1.1.0", no_parameters))
        assert str(refused.value) == (
            "The document has version 1.1.0, and must have 2.0.0 after a breaking change since 1.0.0.\n"
            "Set the version 2.0.0 in the settings, or revert:\n"
            "  breaking: `putThing`, request header If-Match: The parameter was removed.\n"
            "  breaking: `putThing`, request query q: The parameter was removed."
        )
        assert list(releases.documents()) == [Version(1, 0, 0)]
        assert release(releases, made("2.0.0", no_parameters)) == Version(2, 0, 0)

    def test_nothing_is_overwritten(self, releases):
        release(releases, made("1.0.0"))
        with pytest.raises(ReleaseError, match=r"1\.0\.0 is already released, and nothing has changed since"):
            release(releases, made("1.0.0"))

    def test_what_is_not_exported_is_not_released(self, releases):
        with pytest.raises(ReleaseError, match="make openapi"):
            releases.release(made("1.0.0"), today=TODAY)
        exported(releases, made("1.0.0"))
        with pytest.raises(ReleaseError, match="is not what the code exports"):
            releases.release(made("1.0.0", summary("Newer")), today=TODAY)
        assert releases.documents() == {}

    def test_a_file_that_calls_itself_otherwise_is_found(self, releases):
        release(releases, made("1.0.0"))
        (releases.folder / "released" / "1.0.0.json").rename(releases.folder / "released" / "1.1.0.json")
        with pytest.raises(ValueError, match=r"1\.1\.0\.json contains version 1\.0\.0"):
            releases.documents()

    def test_an_announced_end_is_kept_until_its_day(self, releases):
        release(
            releases,
            made("1.0.0", lambda operation: operation.update({"deprecated": True, "x-sunset": "2027-01-31"})),
        )
        gone = orjson.loads(made("2.0.0"))
        del gone["paths"]["/things/{thing_id}"]["put"]
        with pytest.raises(ReleaseError, match="No version allows these changes"):
            release(releases, orjson.dumps(gone), date(2027, 1, 30))
        assert release(releases, orjson.dumps(gone), date(2027, 1, 31)) == Version(2, 0, 0)


class TestChangelog:
    def test_nothing_released_has_no_history(self, releases):
        assert releases.changelog() == ""

    def test_the_newest_comes_first_and_the_heaviest_in_it(self, releases):
        def more(operation):
            no_parameters(operation)
            operation["summary"] = "Store a thing"
            operation["responses"]["200"]["headers"]["Link"] = {"schema": {"type": "string"}}

        release(releases, made("0.1.0"))
        release(releases, made("0.1.1"))
        release(releases, made("0.2.0", more))
        assert releases.changelog() == (
            "<!-- Made by `make release` from released/; not edited by hand. -->\n"
            "# Changes of the API\n"
            "\n"
            "## 0.2.0\n"
            "\n"
            "### Breaking\n"
            "\n"
            "- `putThing`, request header If-Match: The parameter was removed.\n"
            "- `putThing`, request query q: The parameter was removed.\n"
            "\n"
            "### Added\n"
            "\n"
            "- `putThing`, response 200 header Link: The header was added.\n"
            "\n"
            "### Documentation\n"
            "\n"
            "- `putThing`: The description changed.\n"
            "\n"
            "## 0.1.1\n"
            "\n"
            "Only the version changed.\n"
            "\n"
            "## 0.1.0\n"
            "\n"
            "The first release: 2 operations.\n"
        )

    def test_it_depends_on_the_documents_alone(self):
        old = document(lambda operation: operation.update({"deprecated": True, "x-sunset": "2999-01-31"}))
        new = document()
        del new["paths"]["/things/{thing_id}"]["put"]
        new["info"]["description"] = "Of all kinds"
        new["paths"]["/things/{thing_id}"]["get"]["x-order"] = 1
        history = {Version(1, 0, 0): old, Version(2, 0, 0): new}
        text = changelog(history)
        assert "### Breaking\n\n- `putThing`: The operation was removed.\n" in text
        assert "- info: The description changed.\n" in text
        assert changelog(dict(reversed(history.items()))) == text

    def test_a_change_of_no_operation_is_of_the_document(self):
        new = document()
        new["components"]["schemas"]["Unused"] = {}
        text = changelog({Version(1, 0, 0): document(), Version(1, 0, 1): new})
        assert "- The document: Rewritten without a change of meaning.\n" in text
