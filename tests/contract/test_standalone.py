"""The folder works in an application that has nothing to do with this service, as the guide in the folder says."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_spec_validator import validate

from service.contract import Api
from tests.contract.standalone.contract_run import failures
from tests.contract.standalone.isolated_packages import link_packages
from tests.servers import ROOT, Server, free_port, running

STOCK = Path(__file__).with_name("standalone") / "todo.py"
GUIDE = ROOT / "service" / "contract" / "README.md"
EXAMPLES = 25


@pytest.fixture(scope="module")
def guide() -> str:
    return GUIDE.read_text()


@pytest.fixture(scope="module")
def packages(guide: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install what the guide says, and nothing else."""
    (line,) = re.findall(r"^\$ pip install (.*)$", guide, re.MULTILINE)
    folder = tmp_path_factory.mktemp("packages") / "site"
    link_packages(line.split(), folder)
    return folder


@pytest.fixture(scope="module")
def lifted(guide: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the folder beside the stock application, and change the lines that the guide changes."""
    project = tmp_path_factory.mktemp("lifted")
    assert "\n$ cp -r service/contract your_project/contract\n" in guide
    shutil.copytree(ROOT / "service" / "contract", project / "contract")
    (change,) = re.findall(r"^```diff\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] == "-")
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] == "+")
    assert len(new.splitlines()) == 2
    text = STOCK.read_text()
    assert text.count(old) == 1
    (project / STOCK.name).write_text(text.replace(old, new))
    return project


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("stock")
    shutil.copy(STOCK, project)
    return project


def environment(packages: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest, packages: Path, tmp_path_factory: Any) -> Iterator[Server]:
    """Serve a project as the RESTX manual does, with `packages` alone: `-S` hides all others."""
    port = free_port()
    command = [sys.executable, "-S", "-m", "flask", "--app", "todo", "run", "--port", str(port)]
    project, folder = request.getfixturevalue(request.param), tmp_path_factory.mktemp("log")
    with running(command, port, folder, env=environment(packages), cwd=project) as server:
        yield server


def test_no_module_says_what_it_is_part_of() -> None:
    """Those that the application below does not import count too."""
    knowing = [
        file.name
        for file in (ROOT / "service" / "contract").rglob("*.py")
        if re.search(r"^\s*(from|import) service\b|[\"']service\.", file.read_text(), re.MULTILINE)
    ]
    assert knowing == []


def test_names_what_is_there(guide: str) -> None:
    """Beside what the application below uses: functions with their modules, and the arguments of `Api`."""
    functions = re.findall(r"`(\w+)\([^`]*` from `contract\.([\w.]+)`", guide)
    assert len(functions) == 2
    for name, module in functions:
        assert hasattr(import_module(f"service.contract.{module}"), name)
    named = re.search(r"^- Arguments of `Api` take (.*?)\.\n", guide, re.DOTALL | re.MULTILINE)
    assert named is not None
    arguments = set(re.findall(r"`(\w+)`", named[1]))
    assert len(arguments) > 5
    assert arguments <= inspect.signature(Api).parameters.keys()


def test_nothing_else_is_there(lifted: Path, packages: Path) -> None:
    """The test itself would find this service and all its packages."""
    code = (
        "import sys, todo\n"
        "from importlib.util import find_spec\n"
        "assert not any(map(find_spec, ('service', 'tests', 'sqlalchemy', 'structlog', 'schemathesis')))\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules if name.startswith('contract')}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=lifted,
        env=environment(packages),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "['contract']\n"), done.stderr


def test_pages_need_what_the_guide_says(guide: str, lifted: Path, packages: Path, tmp_path: Path) -> None:
    assert "it needs `brotli` and\n  `flask-swagger-ui`" in guide
    link_packages(["brotli", "flask-swagger-ui"], tmp_path / "more")
    code = (
        "import todo\n"
        "from contract.pages import register_pages\n"
        "register_pages(todo.app, todo.api)\n"
        "client = todo.app.test_client()\n"
        "pages = ['/', '/swagger', '/swagger/pages.css', '/problems', '/problems/INVALID_INPUT', '/openapi.json']\n"
        "assert [client.get(page).status_code for page in pages] == [200] * len(pages)\n"
    )
    path = f"{packages}{os.pathsep}{tmp_path / 'more'}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=lifted,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_its_checks_work_there_too(lifted: Path, packages: Path) -> None:
    code = (
        "import todo\n"
        "from contract.checks.compatibility import compare\n"
        "from contract.checks.conformance import ContractChecker, ContractViolation\n"
        "from datetime import date\n"
        "document = todo.api.document\n"
        "response = todo.app.test_client().get('/todos')\n"
        "sent = 'GET', '/todos', response.status_code, dict(response.headers)\n"
        "assert ContractChecker(document).check(*sent, response.data).status == '200'\n"
        "try:\n"
        "    ContractChecker(document).check(*sent, b'[{}]')\n"
        "except ContractViolation as error:\n"
        "    print(error)\n"
        "assert compare(document, document, today=date.max) == []\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=lifted,
        env=environment(packages),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "the body does not match" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("served", ["lifted"], indirect=True)
class TestLifted:
    def test_document_is_true_to_the_standard(self, served: Server) -> None:
        document = requests.get(f"{served.url}/openapi.json", timeout=60).json()
        validate(document)
        assert document["openapi"] == "3.1.0"
        todo = document["components"]["schemas"]["Todo"]
        assert set(todo["required"]) == set(todo["properties"])
        assert todo["properties"]["due"]["type"] == ["string", "null"]
        assert document["components"]["schemas"]["TodoInput"]["additionalProperties"] is False
        parameters = document["paths"]["/todos"]["get"]["parameters"]
        assert [each["name"] for each in parameters] == ["limit", "done", "sort"]

    def test_invalid_input_is_a_problem(self, served: Server) -> None:
        answer = requests.post(f"{served.url}/todos/", json={"task": 1, "priority": 0}, timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
            ("/task", "WRONG_TYPE"),
            ("/priority", "TOO_SMALL"),
        }

    def test_abort_is_a_problem(self, served: Server) -> None:
        answer = requests.get(f"{served.url}/todos/4000000", timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert answer.json()["detail"] == "Todo 4000000 doesn't exist"

    def test_a_slash_on_the_end_makes_no_difference(self, served: Server) -> None:
        with_slash, without = (requests.get(f"{served.url}/todos{end}", timeout=60) for end in ("/", ""))
        assert with_slash.json() == without.json()
        assert without.history == []

    def test_contract_run_finds_nothing(self, served: Server, tmp_path: Path) -> None:
        found = failures(f"{served.url}/openapi.json", tmp_path / "run", examples=EXAMPLES)
        assert found == {}, (tmp_path / "run" / "output.txt").read_text()


@pytest.mark.parametrize("served", ["stock"], indirect=True)
def test_the_same_run_fails_on_stock(served: Server, tmp_path: Path) -> None:
    """What it finds is what the contract layer mends: null where the document has none, for one."""
    found = failures(f"{served.url}/swagger.json", tmp_path / "run", examples=EXAMPLES)
    assert found.get("Response violates schema", 0) > 0, found
    assert found.get("Undocumented status code", 0) > 0, found
