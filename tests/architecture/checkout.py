"""Rules about the checkout: its folders, its locks and their addresses, and declared dependencies."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import modules

FOLDERS = frozenset(
    {".ci", ".git", ".github", "alembic", "benchmarks", "deploy", "openapi", "service", "tests", "web"}
)

LOCKS = ("requirements.txt", "requirements-dev.txt", "web/package-lock.json", "tests/*/*/package-lock.json")
CONFIGS = (
    "pyproject.toml",
    "Makefile",
    "Dockerfile",
    ".ci/run",
    ".npmrc",
    "pip.conf",
    "uv.toml",
    "web/.npmrc",
    "web/package.json",
    ".github/workflows/*",
    "deploy/*",
)

# Where packages come from is the machine's affair. In a lock any address gives it away ...
ADDRESS = re.compile(r'^(?!\s*"(?:url|funding|homepage)").*\w+://', re.MULTILINE)
# ... in a configuration the options that take one do.
INDEX_OPTION = re.compile(
    r"(?<!no-emit-)(?:index-url|find-links|trusted-host)|\btool\.uv\.index\b|^\s*registry\s*=|[-_]registry\b",
    re.IGNORECASE | re.MULTILINE,
)


def folder_violations(root: Path) -> list[str]:
    """Return the folders of the top level that are neither the project's nor ignored by git."""
    return [
        f"{path.name}/: not a folder of this project"
        for path in sorted(root.iterdir())
        if path.is_dir() and path.name not in FOLDERS and not _ignored(path.name, root)
    ]


def _ignored(name: str, root: Path) -> bool:
    """Tell whether .gitignore ignores the folder `name` of the top level."""
    ignore = root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = (line.strip().strip("/") for line in lines if line.strip() and not line.startswith(("#", "!")))
    return any(fnmatch(name, pattern) for pattern in patterns)


def shadow_violations(root: Path) -> list[str]:
    """Return what would hide the Alembic library from whoever starts at the root."""
    shadows = (root / "alembic" / "__init__.py", root / "alembic.py")
    return [f"{path.relative_to(root)}: shadows the library" for path in shadows if path.exists()]


def index_violations(root: Path) -> list[str]:
    """Return lines of locks and configurations that name a package index or its host."""
    violations = []
    for pattern, files in ((ADDRESS, LOCKS), (INDEX_OPTION, CONFIGS)):
        for path in sorted(found for name in files for found in root.glob(name) if found.is_file()):
            text = path.read_text(encoding="utf-8")
            violations += [
                f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: names a package index"
                for match in pattern.finditer(text)
            ]
    return violations


def lock_violations(root: Path) -> list[str]:
    """Return dependencies of pyproject.toml that the locks do not pin, or pin outside the asked range."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    development = project.get("dependency-groups", {}).get("dev", [])
    wanted = (("requirements.txt", runtime), ("requirements-dev.txt", [*runtime, *development]))
    violations = []
    for lock, dependencies in wanted:
        pins = _pins((root / lock).read_text(encoding="utf-8"))
        for requirement in map(Requirement, dependencies):
            versions = pins.get(canonicalize_name(requirement.name), [])
            if not versions or not all(requirement.specifier.contains(version) for version in versions):
                violations.append(f"{lock}: {requirement} is asked for; run 'make lock'")
    return violations


def _pins(lock: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.!+-]+)", lock, re.MULTILINE):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return pins


def undeclared_violations(root: Path) -> list[str]:
    """Return imports that pyproject.toml does not ask for by name, though another dependency may bring them.

    service/ and what serves it may use runtime dependencies only; tests the development group as well.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = _names(project["project"]["dependencies"])
    development = runtime | _names(project.get("dependency-groups", {}).get("dev", []))
    own = {path.stem for path in root.iterdir()} - {"alembic"} | set(sys.stdlib_module_names)
    distributions = _installed()
    violations = []
    for folder, declared in (("service", runtime), ("alembic", runtime), ("tests", development)):
        for module in modules(root, folder):
            for found in module.imports():
                package = found.module.partition(".")[0]
                providers = {canonicalize_name(name) for name in distributions.get(package, [package])}
                if package not in own and not providers & declared:
                    violations.append(module.at(found.line, f"{package} is not asked for in pyproject.toml"))
    return violations


@cache
def _installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def _names(dependencies: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(dependency).name) for dependency in dependencies}
