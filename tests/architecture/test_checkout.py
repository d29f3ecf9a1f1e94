from pathlib import Path

import pytest

from tests.architecture import checkout
from tests.architecture.sample_tree import plant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "rule",
    [
        checkout.folder_violations,
        checkout.shadow_violations,
        checkout.index_violations,
        checkout.lock_violations,
        checkout.undeclared_violations,
    ],
)
def test_this_checkout_keeps_the_rule(rule):
    assert rule(ROOT) == []


def test_unknown_folder_is_found(tmp_path):
    tree = plant(
        tmp_path, {"docs/a.md": "", "var/a.db": "", ".venv/x": "", ".gitignore": "# made\n/var/\n.venv\n"}
    )

    assert checkout.folder_violations(tree) == ["docs/: not a folder of this project"]


@pytest.mark.parametrize("path", ["alembic/__init__.py", "alembic.py"])
def test_shadow_of_the_library_is_found(path, tmp_path):
    assert checkout.shadow_violations(plant(tmp_path, {path: ""})) == [f"{path}: shadows the library"]


def test_migrations_shadow_nothing(tmp_path):
    assert checkout.shadow_violations(plant(tmp_path, {"alembic/env.py": ""})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "flask==3.1.3\n--index-url https://packages.example/simple\n"),
        ("requirements-dev.txt", "a @ https://packages.example/a.whl\n"),
        ("web/package-lock.json", '{\n  "resolved": "https://packages.example/a.tgz"}'),
        ("pyproject.toml", '[[tool.uv.index]]\nname = "x"'),
        ("Makefile", "x:\n\tpip install --extra-index-url $(HERE) a"),
        (".ci/run", "pip install --find-links /wheels a"),
        (".npmrc", "registry=https://packages.example"),
        ("Dockerfile", "RUN npm --registry=https://packages.example ci\nRUN pip install --trusted-host a b"),
        (".github/workflows/ci.yml", "env: { PIP_INDEX_URL: x, npm_config_registry: y }"),
    ],
)
def test_index_is_found(path, text, tmp_path):
    found = checkout.index_violations(plant(tmp_path, {path: text}))

    assert found
    assert all(line.startswith(f"{path}:") for line in found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "flask==3.1.3 \\\n    --hash=sha256:00\n    # via colophon\n"),
        ("web/package-lock.json", '{\n  "integrity": "sha512-00",\n  "url": "https://example.org/sponsors"}'),
        ("Makefile", "lock:\n\tuv pip compile --no-emit-index-url --no-emit-find-links"),
    ],
)
def test_lock_without_address_is_fine(path, text, tmp_path):
    assert checkout.index_violations(plant(tmp_path, {path: text})) == []


class TestLocks:
    PROJECT = '[project]\ndependencies = ["Flask>=3"]\n[dependency-groups]\ndev = ["pytest>=9"]\n'

    @pytest.mark.parametrize(
        ("runtime", "development", "missing"),
        [
            ("flask==3.1.3 \\", "flask==3.1.3 \\\npytest==9.2.0 \\", []),
            ("flask==2.3 \\", "flask==3.1.3 \\\npytest==9.2.0 \\", ["requirements.txt"]),
            ("click==8 \\", "flask==3.1.3 \\\npytest==9.2.0 \\", ["requirements.txt"]),
            ("flask==3.1.3 \\", "flask==3.1.3 \\", ["requirements-dev.txt"]),
            ("flask==3.1.3 \\", "pytest==8.4 ; a\npytest==9.2 ; b\nflask==3.1.3", ["requirements-dev.txt"]),
        ],
    )
    def test_what_the_lock_lacks_is_found(self, runtime, development, missing, tmp_path):
        tree = plant(
            tmp_path,
            {
                "pyproject.toml": self.PROJECT,
                "requirements.txt": runtime,
                "requirements-dev.txt": development,
            },
        )

        assert [line.partition(":")[0] for line in checkout.lock_violations(tree)] == missing


class TestDeclared:
    PROJECT = '[project]\ndependencies = ["Flask>=3"]\n[dependency-groups]\ndev = ["pytest>=9"]\n'

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("service/core/a.py", "import werkzeug.routing"),
            ("service/core/a.py", "def f():\n    from pytest import raises"),
            ("tests/core/test_a.py", "from hypothesis import given"),
            ("alembic/env.py", "from dotenv import load_dotenv"),
            ("service/core/a.py", "import surely_not_installed"),
        ],
    )
    def test_borrowed_import_is_found(self, path, code, tmp_path):
        found = checkout.undeclared_violations(plant(tmp_path, {"pyproject.toml": self.PROJECT, path: code}))

        assert len(found) == 1
        assert found[0].startswith(path)

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("service/core/a.py", "import flask, json\nfrom service.core import database\nimport wsgi"),
            ("tests/core/test_a.py", "import pytest, flask\nfrom . import b"),
        ],
    )
    def test_declared_standard_and_own_are_fine(self, path, code, tmp_path):
        assert (
            checkout.undeclared_violations(plant(tmp_path, {"pyproject.toml": self.PROJECT, path: code}))
            == []
        )
