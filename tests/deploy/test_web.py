"""deploy/web.md against what the web app reads from its environment."""

from __future__ import annotations

import re

from tests.servers import ROOT

WEB = ROOT / "web"
PAGE = ROOT / "deploy" / "web.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \|.*\| (build|run|build, run) \|.*\|$", re.MULTILINE)
READ = re.compile(r"process\.env\.([A-Z_]+)|process\.env\[|\{([^{}]*)\} = process\.env")
# Next.js sets it: which of its runtimes this is.
SET_BY_NEXT = {"NEXT_PHASE", "NEXT_RUNTIME"}
# The program reads it that the studio shows to those who receive webhooks.
OF_EXAMPLES = {"WEBHOOK_SECRET"}
TESTS = re.compile(r"\.test\.tsx?$")


def read_by_the_code() -> set[str]:
    """Return the variables that the application reads, by name or taken apart."""
    sources = (file for file in (WEB / "src").rglob("*") if file.suffix in {".ts", ".tsx", ".mjs"})
    files = [WEB / "next.config.ts", *sources]
    found = set()
    for file in files:
        if TESTS.search(file.name):
            continue
        for match in READ.finditer(file.read_text(encoding="utf-8")):
            assert match[1] or match[2], f"{file}: a variable without a name cannot be documented"
            found |= {match[1]} if match[1] else set(re.findall(r"\b[A-Z][A-Z_]+\b", match[2]))
    return found - SET_BY_NEXT - OF_EXAMPLES


def test_every_variable_has_its_row() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    names = [name for name, _ in rows]
    assert len(names) == len(set(names))
    assert set(names) == read_by_the_code()


def test_every_variable_of_an_example_is_known() -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    # Of Next.js; the last one is the API's.
    known = read_by_the_code() | {"HOSTNAME", "PORT", "KEEP_ALIVE_TIMEOUT", "REVALIDATE_URLS"}
    used = set(re.findall(r"\b([A-Z][A-Z_]+)=", blocks))
    assert {"API_BASE_URL", "SITE_URL", "JWT_ISSUER"} <= used <= known
