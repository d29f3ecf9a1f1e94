"""What no file of the web app does in a browser: write HTML that is not from the API, hinder password managers, use
`postMessage`."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "web" / "src"

# The preview of a post, whose HTML the API has sanitized, and data for search engines, escaped by `scriptJson`.
WRITES_HTML = {"components/editor/preview.tsx", "app/(site)/posts/[slug]/structured-data.tsx"}


def files_with(pattern: str) -> set[str]:
    """Return the sources that match, without their tests."""
    return {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.ts*")
        if ".test." not in path.name and re.search(pattern, path.read_text())
    }


def test_html_is_written_where_it_is_known_to_be_safe() -> None:
    assert files_with(r"dangerouslySetInnerHTML") == WRITES_HTML
    assert files_with(r"\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write\(|srcdoc") == set()


def test_no_text_is_run_as_code() -> None:
    assert files_with(r"\beval\(|new Function\(|javascript:") <= {"lib/html.ts"}


def test_password_fields_are_known_to_password_managers_and_take_what_is_pasted() -> None:
    fields = [
        field
        for path in SOURCES.rglob("*.tsx")
        for field in re.findall(r"<PasswordField\b.*?/>", path.read_text(), re.DOTALL)
    ]
    assert len(fields) >= 4
    assert all(re.search(r'autoComplete="(new|current)-password"', field) for field in fields)
    assert not [field for field in fields if re.search(r"onPaste|onCopy|onBeforeInput|readOnly", field)]
    # The only component with an input of this type.
    assert files_with(r"""type=["{][^>]*'?password['"]""") == {"components/form-password.tsx"}
    assert "onPaste" not in (SOURCES / "components" / "form-password.tsx").read_text()


def test_windows_send_each_other_no_messages() -> None:
    assert files_with(r"postMessage|addEventListener\('message'|onmessage") == set()


def test_every_cookie_says_which_sites_may_send_it() -> None:
    written = files_with(r"document\.cookie = |cookies\.set\(\w+, ")
    assert written == {
        "components/studio/remember-time-zone.tsx",
        "legacy/routing.ts",
        "session/refresh-session.ts",
    }
    for name in ("components/studio/remember-time-zone.tsx", "legacy/routing.ts"):
        assert re.search(r"SameSite=Lax|sameSite: 'lax'", (SOURCES / name).read_text()), name
    # All others are made there; the third of the above is what a request is given on its way, not a response.
    assert "sameSite: 'lax'" in (SOURCES / "session" / "cookies.ts").read_text()
