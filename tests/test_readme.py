"""The READMEs: generated parts are up to date, commands and paths exist, printed responses are the real ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import settings_table
from tests.conformance.example_calls import operations_of
from tests.servers import INHERITED, ROOT, Server, gunicorn

README = ROOT / "README.md"
WEB_README = ROOT / "web" / "README.md"
SERVICE_README = ROOT / "service" / "README.md"
DEPLOY_README = ROOT / "deploy" / "README.md"
# The guides whose paths are relative to the root.
GUIDES = (
    README,
    SERVICE_README,
    ROOT / "service" / "contract" / "README.md",
    ROOT / "tests" / "README.md",
    ROOT / ".github" / "CONTRIBUTING.md",
    DEPLOY_README,
    ROOT / "deploy" / "web.md",
    ROOT / "deploy" / "workers.md",
)
README_MAX_LINES = 200
GENERATED = re.compile(
    r"<!-- (?:file: (?P<file>\S+)|settings) -->\n.*?<!-- /(?:file|settings) -->\n", re.DOTALL
)
LANGUAGES = {"py": ("python", "#"), "ts": ("ts", "//"), "tsx": ("tsx", "//")}
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
JOURNEY = re.compile(r"<!-- journey(?:: \w+)? -->\n(.*?)<!-- /journey -->", re.DOTALL)


def generated(file: str | None) -> str:
    """Return the content between two markers, with the empty lines that Markdown needs."""
    if file is None:
        return f"\n{settings_table()}\n"
    language, comment = LANGUAGES[file.rsplit(".", 1)[1]]
    return f"\n```{language}\n{comment} {file}\n{(ROOT / file).read_text()}```\n\n"


def refreshed(text: str) -> str:
    """Return the README with its generated parts updated."""

    def part(found: re.Match[str]) -> str:
        start, end = found[0].split("\n", 1)[0], found[0].rstrip("\n").rsplit("\n", 1)[1]
        return f"{start}\n{generated(found['file'])}{end}\n"

    return GENERATED.sub(part, text)


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= README_MAX_LINES, (
        "guides belong into the folders they describe"
    )


def from_root(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("readme", [README, SERVICE_README, DEPLOY_README, WEB_README], ids=from_root)
def test_generated_parts_are_fresh(readme: Path) -> None:
    text = readme.read_text()
    assert refreshed(text) == text, "run `python -m tests.test_readme`"


def test_every_path_of_the_web_app_exists() -> None:
    for path in re.findall(r"`((?:src|tests|deploy)/[\w./-]*)`", WEB_README.read_text()):
        assert (ROOT / path if path.startswith("deploy/") else WEB_README.parent / path).exists(), path
    tree = re.search(r"```\nsrc/\n(.*?)```", WEB_README.read_text(), re.DOTALL)
    assert tree is not None
    named = set(re.findall(r"^  (\S+)", tree[1], re.MULTILINE))
    assert named == {
        f"{each.name}/" if each.is_dir() else each.name
        for each in (WEB_README.parent / "src").iterdir()
        if not each.name.endswith(".test.ts")
    }


def test_every_route_of_the_web_app_exists() -> None:
    flags = re.findall(r"^ +'(/\S*)': '([^']+)',", WEB_README.read_text(), re.MULTILINE)
    routes = (WEB_README.parent / "src" / "legacy" / "routes.ts").read_text()
    assert flags
    for route, flag in flags:
        assert f"  '{route}': " in routes, route
        assert re.fullmatch(r"off|\d+%|(cookie|header) \S+", flag), flag


@pytest.mark.parametrize("guide", [*GUIDES, WEB_README], ids=from_root)
def test_every_make_command_is_a_target(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|\$ )make ([a-z]+)", guide.read_text())) <= targets


def test_every_flask_command_exists() -> None:
    texts = "".join(guide.read_text() for guide in GUIDES)
    commands = set(re.findall(r"[`/]flask(?: --app wsgi)? ([a-z][a-z-]+)", texts))
    assert {"db", "release"} <= commands
    for command in commands:
        called = [sys.executable, "-m", "flask", "--app", "wsgi", command, "--help"]
        result = subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, (command, result.stderr)


@pytest.mark.parametrize("guide", GUIDES, ids=from_root)
def test_every_path_exists(guide: Path) -> None:
    text = JOURNEY.sub("", guide.read_text())
    folders = "alembic|benchmarks|deploy|openapi|service|tests|web"
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", text) + re.findall(r'\bT="?([\w./-]+)', text):
        assert (ROOT / path).exists(), path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the service as `make run` does, on another port."""
    folder = tmp_path_factory.mktemp("readme")
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment["VAR_DIR"] = str(folder / "var")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "bootstrap"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    with gunicorn(folder) as running:
        yield running


def test_every_request_is_part_of_the_journey() -> None:
    text = README.read_text()
    outside = JOURNEY.sub("", text)
    assert "curl " in text
    assert "curl " not in outside


def status_of(command: str, expected: str) -> int:
    """Return the expected status of a request of the journey: of the printed problem, otherwise of the document."""
    if problem := re.search(r'"type":"/problems/.*"status":(\d+)', expected):
        return int(problem[1])
    path = re.search(r"127\.0\.0\.1:8000([^\s'?]+)", command)
    assert path is not None
    method = re.search(r"-X ([A-Z]+)", command)
    sent = method[1] if method else "POST" if re.search(" -[dF] ", command) else "GET"
    (operation,) = (
        each
        for each in operations_of(json.loads((ROOT / "openapi" / "openapi.json").read_bytes()))
        if each.method == sent and re.fullmatch(re.sub(r"{\w+}", "[^/]+", each.template), path[1])
    )
    return int(operation.success)


def test_requests_are_answered_as_printed(server: Server, tmp_path: Path) -> None:
    """Run the commands of the journey in order and compare their output; `…` matches anything."""
    match = JOURNEY.search(README.read_text())
    assert match is not None
    # A command may send a file of the checkout.
    (tmp_path / "service").symlink_to(ROOT / "service")
    for block in CONSOLE.findall(match[1]):
        for command, expected in steps(block):
            ours = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
            script = (
                f'cd {tmp_path}; [ -f state ] && . ./state; curl() {{ command curl -D head "$@"; }}; {ours}\n'
                "declare -p TOKEN POST KEY ETAG 2>/dev/null > state"
            )
            result = subprocess.run(
                ["bash", "-c", script], capture_output=True, text=True, timeout=300, check=False
            )
            pattern = ".*".join(re.escape(part) for part in expected.split("…"))
            assert re.fullmatch(pattern, result.stdout.strip(), re.DOTALL), (
                f"{command}\n{result.stdout}\n{result.stderr}"
            )
            assert int((tmp_path / "head").read_text().split()[1]) == status_of(command, expected), command
            (tmp_path / "head").unlink()


def steps(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, with continuation lines joined, each with its output."""
    commands: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line.removeprefix("$ "), []))
        elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            commands[-1] = (f"{commands[-1][0][:-1]} {line.strip()}", [])
        else:
            commands[-1][1].append(line)
    return [(command, "\n".join(printed).strip()) for command, printed in commands]


if __name__ == "__main__":
    for readme in (README, SERVICE_README, DEPLOY_README, WEB_README):
        readme.write_text(refreshed(readme.read_text()))
