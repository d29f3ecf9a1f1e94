"""The guides are true: their journeys are walked in a copy of the checkout, as they are printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.mutants.checkout_copies import CheckoutCopy
from tests.servers import INHERITED, ROOT, Server, free_port, running
from tests.test_readme import steps

GUIDE = ROOT / "service" / "README.md"
JOURNEY = re.compile(r"<!-- journey: (\w+) -->\n(.*?)<!-- /journey -->", re.DOTALL)
# A path in the text, or a block of code.
PART = re.compile(r"`(?P<path>[\w.-]+/[\w./-]+)`|```(?P<language>\w+)\n(?P<block>.*?)```", re.DOTALL)
# The first line of a block that is a whole new file.
NEW_FILE = re.compile(r"# (service/[\w/]+\.py)\n")
UNVERSIONED = re.compile(r"/(\.|__pycache__/)")
GENERATED = {"openapi/openapi.json"}
ADDRESS = "127.0.0.1:8000"
ACCOUNT = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery"}


@dataclass(slots=True)
class Walk:
    """A journey as it was walked up to `make run`: the files that it changed, and the requests that follow."""

    changed: set[str] = field(default_factory=set)
    requests: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Checkout:
    """A copy of the checkout with an environment that `make` finds up to date, and so never installs into."""

    root: Path
    port: int

    @classmethod
    def copy(cls, folder: Path) -> Checkout:
        root = CheckoutCopy(folder).root
        # What a clone shares with the checkout must be safe from an installer: `npm ci` empties the folder first.
        for shared in (root / ".venv", root / "web" / "node_modules"):
            shared.unlink(missing_ok=True)
            shared.mkdir()
        for name in ("bin", "lib"):
            (root / ".venv" / name).symlink_to(Path(sys.prefix) / name)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", root / ".venv")
        stamps = re.findall(
            r"^((?:\.venv|web/node_modules)/\.\w+):", (root / "Makefile").read_text(), re.MULTILINE
        )
        assert {".venv/.runtime", ".venv/.dev", "web/node_modules/.installed"} <= set(stamps)
        for stamp in stamps:
            (root / stamp).touch()
        return cls(root, free_port())

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        tests = f"--basetemp={self.root.parent / 'tests'} -k 'not postgresql'"
        return {
            **inherited,
            "LOG_LEVEL": "WARNING",
            "PORT": str(self.port),
            "PYTEST_ADDOPTS": tests,
            "PYTHONDONTWRITEBYTECODE": "1",
            "VAR_DIR": str(self.root / "var"),
            "WEB_CONCURRENCY": "1",
        }

    def run(self, command: str, **more: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def files(self) -> dict[str, bytes]:
        """Return the content of the files that are, or would be, under version control."""
        found = ((path.relative_to(self.root), path) for path in self.root.rglob("*"))
        return {
            str(name): path.read_bytes()
            for name, path in found
            if path.is_file() and name.parts[0] != "var" and not UNVERSIONED.search(f"/{name}")
        }

    def walk(self, journey: str) -> Walk:
        """Do what a journey says up to `make run`, and keep the requests after it."""
        walk, before, file = Walk(), self.files(), ""
        for part in PART.finditer(journey):
            match part["language"]:
                case None if (self.root / part["path"]).is_file():
                    file = part["path"]
                case "diff":
                    apply(part["block"], self.root / file)
                case "python" if new := NEW_FILE.match(part["block"]):
                    (self.root / new[1]).write_text(part["block"][new.end() :])
                case "python":  # what the command before it has written
                    (written,) = self.files().keys() - before.keys()
                    assert part["block"] in (self.root / written).read_text()
                case "console":
                    walk.requests += [step for step in steps(part["block"]) if not self._done(step[0])]
        after = self.files()
        walk.changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return walk

    def _done(self, command: str) -> bool:
        if ADDRESS in command:
            return False
        if command != "make run":
            self.run(command)
        return True


def apply(diff: str, path: Path) -> None:
    """Change a file as a diff says whose hunks are separated by `@@`; each must fit in exactly one place."""
    text = f"\n{path.read_text()}"
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old, new = ("\n" + "".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
        assert text.count(old) == 1, f"{path}:{old}"
        text = text.replace(old, new)
    path.write_text(text[1:])


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    copy = Checkout.copy(tmp_path_factory.mktemp("guides"))
    copy.run("make format")  # or a file that was not formatted would count as changed by a journey
    return copy


@pytest.fixture(scope="module")
def walks(checkout: Checkout) -> Mapping[str, Walk]:
    return {name: checkout.walk(journey) for name, journey in JOURNEY.findall(GUIDE.read_text())}


@pytest.fixture(scope="module")
def server(
    checkout: Checkout, walks: Mapping[str, Walk], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve the copy with `make run` when all journeys are walked."""
    folder = tmp_path_factory.mktemp("log")
    command = ["make", "run"]
    with running(command, checkout.port, folder, env=checkout.environment, cwd=checkout.root) as server:
        yield server


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    assert requests.post(f"{server.url}/api/users", json=ACCOUNT, timeout=30).status_code == 201
    login = {name: ACCOUNT[name] for name in ("email", "password")}
    answer = requests.post(f"{server.url}/api/auth/login", json=login, timeout=30)
    return str(answer.json()["access_token"])


def follow(walk: Walk, checkout: Checkout, token: str, folder: Path) -> None:
    """Send the requests of a journey in one shell, in order; each answer is as printed, `…` standing for anything."""
    for command, expected in walk.requests:
        ours = command.replace(ADDRESS, f"127.0.0.1:{checkout.port}")
        printed = checkout.run(
            f"cd {folder}; [ -f state ] && . ./state; {ours}\ndeclare -p POST > state 2>/dev/null || true",
            TOKEN=token,
        )
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"{command}\n{printed}"


class TestAddANamespace:
    """By copying the sample feature with a table; its copied tests run in `make test T=...` of the journey."""

    def test_changes_three_lists_and_adds_the_rest(self, walks: Mapping[str, Walk]) -> None:
        changed = walks["namespace"].changed - GENERATED
        (migration,) = {name for name in changed if name.startswith("alembic/versions/")}
        modules = {"__init__", "actions", "queries", "routes", "schemas"}
        assert changed - {migration} == {
            "service/api.py",
            "service/models/__init__.py",
            "service/models/events.py",
            "service/models/notes.py",
            "tests/notes/test_routes.py",
            *(f"service/notes/{module}.py" for module in modules),
        }

    def test_is_in_the_document(self, checkout: Checkout, walks: Mapping[str, Walk]) -> None:
        assert walks["namespace"].changed >= GENERATED
        document = json.loads((checkout.root / "openapi" / "openapi.json").read_bytes())
        assert {"/api/notes", "/api/notes/{note_id}"} <= document["paths"].keys()
        assert "an note" not in json.dumps(document).lower()

    def test_is_answered_as_printed(
        self, walks: Mapping[str, Walk], checkout: Checkout, token: str, tmp_path: Path
    ) -> None:
        follow(walks["namespace"], checkout, token, tmp_path)


class TestAddAField:
    """To a post: in lists, on the post, when it is written, and in what is exported."""

    def test_changes_at_most_five_files(self, walks: Mapping[str, Walk]) -> None:
        changed = walks["field"].changed - GENERATED
        (migration,) = {name for name in changed if name.startswith("alembic/versions/")}
        assert changed - {migration} == {
            "service/models/posts.py",
            "service/posts/read_models.py",
            "service/posts/schemas.py",
        }
        assert len(changed) <= 5

    def test_is_in_the_document(self, walks: Mapping[str, Walk], checkout: Checkout) -> None:
        assert walks["field"].changed >= GENERATED
        schemas = json.loads((checkout.root / "openapi" / "openapi.json").read_bytes())["components"][
            "schemas"
        ]
        having = {name for name, schema in schemas.items() if "subtitle" in schema.get("properties", {})}
        assert having == {"NewPost", "PostReplacement", "PostChanges", "Post", "PostSummary"}

    def test_is_answered_as_printed(
        self, walks: Mapping[str, Walk], checkout: Checkout, token: str, tmp_path: Path
    ) -> None:
        follow(walks["field"], checkout, token, tmp_path)

    def test_is_exported(self, checkout: Checkout, server: Server, token: str) -> None:
        post = {"title": "Exported", "subtitle": "With all it has", "body": "Text."}
        headers = {"Authorization": f"Bearer {token}"}
        assert (
            requests.post(f"{server.url}/api/posts", json=post, headers=headers, timeout=30).status_code
            == 201
        )
        checkout.run(".venv/bin/flask --app wsgi export-posts var/exported")
        assert '\nsubtitle = "With all it has"\n' in (checkout.root / "var/exported/exported.md").read_text()


class TestReactToAnEvent:
    """With a task in a feature that does not know the one that emits."""

    def test_changes_two_tables_and_adds_the_task(self, walks: Mapping[str, Walk]) -> None:
        assert walks["event"].changed == {
            "service/items/tasks.py",
            "service/reactions.py",
            "service/worker.py",
        }

    def test_keeps_the_rules(self, checkout: Checkout, walks: Mapping[str, Walk]) -> None:
        checkout.run("make lint types")
        checkout.run("make test T='tests/architecture/test_events.py tests/architecture/test_layers.py'")

    def test_is_answered_as_printed(
        self, walks: Mapping[str, Walk], checkout: Checkout, token: str, tmp_path: Path
    ) -> None:
        follow(walks["event"], checkout, token, tmp_path)


def test_the_task_of_the_guide_is_the_one_in_the_service() -> None:
    section = GUIDE.read_text().split("## Add a task\n")[1].split("\n## ")[0]
    assert f"```python\n{(ROOT / 'service' / 'auth' / 'tasks.py').read_text()}```" in section
