"""Calls through which what users write could be run as code: the modules that have one are named here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_SQL = {"execute", "executemany", "executescript", "exec_driver_sql", "literal_column", "text"}
_PATTERNS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"}


def name_of(node: ast.expr) -> str:
    """Return the dotted name that is called: `os.system`; `.execute` for a method of any other expression."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(module), attribute):
            return f"{module}.{attribute}"
        case ast.Attribute(_, attribute):
            return f".{attribute}"
    return ""


def is_put_together(node: ast.expr) -> bool:
    """Tell whether a text is put together when the call is made."""
    return isinstance(node, ast.JoinedStr | ast.BinOp) or (
        isinstance(node, ast.Call) and name_of(node.func).endswith((".format", ".join"))
    )


def runs_code(call: ast.Call) -> bool:
    return name_of(call.func) in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}


def starts_a_process(call: ast.Call) -> bool:
    return name_of(call.func).startswith(("subprocess.", "os.exec", "os.spawn")) or any(
        keyword.arg == "shell" for keyword in call.keywords
    )


def builds_objects(call: ast.Call) -> bool:
    name = name_of(call.func)
    return name.startswith(("pickle.load", "marshal.load", "shelve.", "dill.")) or name in {
        "yaml.load",
        "yaml.full_load",
        "yaml.unsafe_load",
    }


def puts_sql_together(call: ast.Call) -> bool:
    last = name_of(call.func).rpartition(".")[2]
    return last in _SQL and bool(call.args) and is_put_together(call.args[0])


def puts_a_pattern_together(call: ast.Call) -> bool:
    name = name_of(call.func)
    is_pattern = name.startswith("re.") and name[3:] in _PATTERNS
    return is_pattern and is_put_together(call.args[0]) and "re.escape" not in ast.unparse(call.args[0])


def makes_a_template(call: ast.Call) -> bool:
    last = name_of(call.func).rpartition(".")[2]
    return last in {"render_template_string", "from_string", "Template"}


def formats_by_a_value(call: ast.Call) -> bool:
    """Tell whether a text that is no literal is the format."""
    func = call.func
    is_format = isinstance(func, ast.Attribute) and func.attr in {"format", "format_map"}
    return is_format and not isinstance(func.value, ast.Constant)


@cache
def modules() -> Mapping[str, ast.Module]:
    """Return the modules of the service by their paths in it."""
    folder = ROOT / "service"
    return {str(path.relative_to(folder)): ast.parse(path.read_text()) for path in folder.rglob("*.py")}


@cache
def calls_in_functions() -> frozenset[ast.Call]:
    """Return the calls that are made after a module was imported."""
    functions = [
        function
        for tree in modules().values()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
    ]
    return frozenset(node for each in functions for node in ast.walk(each) if isinstance(node, ast.Call))


@cache
def calls() -> Sequence[tuple[str, ast.Call]]:
    """Return every call with its module."""
    return [
        (path, node)
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def files_with(is_found: Callable[[ast.Call], bool]) -> set[str]:
    """Return the modules that have such a call."""
    when_called = calls_in_functions()
    return {
        path
        for path, call in calls()
        if is_found(call) and (call in when_called or is_found is not puts_a_pattern_together)
    }


@cache
def imports() -> Mapping[str, set[str]]:
    """Return the packages that each module imports."""
    found: dict[str, set[str]] = {path: set() for path in modules()}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found[path] |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[path].add(node.module.split(".")[0])
    return found


def files_that_import(*packages: str) -> set[str]:
    return {path for path, names in imports().items() if names & set(packages)}


@pytest.mark.parametrize(
    ("is_found", "allowed"),
    [
        # The marshallers, which are written from the models of the document when the application starts.
        (runs_code, {"contract/marshalling/codegen.py"}),
        # A list of arguments, without a shell: Python itself with the module that decodes images.
        (starts_a_process, {"media/render_process.py"}),
        # Between a worker and the process that it has forked, through their pipe.
        (builds_objects, {"core/jobs/celery_worker.py"}),
        # Names of tables, channels and numbers that are constants or settings: SQL has no parameters for them.
        (
            puts_sql_together,
            {
                "core/database.py",
                "core/database_connections.py",
                "core/jobs/wakeup.py",
                "core/rate_limit_storage.py",
            },
        ),
        # Other constants; and the hexadecimal names of files.
        (puts_a_pattern_together, {"importing/links.py", "posts/media_replacement.py"}),
        (makes_a_template, set()),
        # Sentences of the contract layer, and the statements of the marshallers.
        (
            formats_by_a_value,
            {
                "contract/checks/compatibility/versions.py",
                "contract/marshalling/compiler.py",
                "contract/validation.py",
            },
        ),
    ],
)
def test_no_other_module_has_it(is_found: Callable[[ast.Call], bool], allowed: set[str]) -> None:
    assert files_with(is_found) == allowed


def test_no_xml_is_parsed() -> None:
    assert files_that_import("xml", "lxml", "defusedxml", "xmltodict") == set()


def test_secrets_are_not_drawn_from_random() -> None:
    # Delays of retries, which are spread.
    assert files_that_import("random", "numpy") == {"core/jobs/tasks.py", "webhooks/outcomes.py"}


@pytest.mark.parametrize(
    ("is_found", "source"),
    [
        (runs_code, "eval(text)"),
        (runs_code, "os.system(text)"),
        (starts_a_process, "subprocess.run(words)"),
        (builds_objects, "pickle.loads(body)"),
        (builds_objects, "yaml.load(body)"),
        (puts_sql_together, "session.execute(f'SELECT {name}')"),
        (puts_sql_together, "text('SELECT ' + name)"),
        (puts_sql_together, "db.session.execute('SELECT {}'.format(name))"),
        (puts_a_pattern_together, "re.search(f'{word}.*', text)"),
        (makes_a_template, "environment.from_string(text)"),
        (formats_by_a_value, "text.format(name=name)"),
    ],
)
def test_a_call_is_found(is_found: Callable[[ast.Call], bool], source: str) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    assert is_found(call)


@pytest.mark.parametrize(
    ("is_found", "source"),
    [
        (puts_sql_together, "text('SELECT 1')"),
        (puts_sql_together, "session.execute(select(User))"),
        (puts_a_pattern_together, "re.search(f'{re.escape(word)}.*', text)"),
        (formats_by_a_value, "'{name}'.format(name=name)"),
    ],
)
def test_a_safe_call_is_not(is_found: Callable[[ast.Call], bool], source: str) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    assert not is_found(call)
