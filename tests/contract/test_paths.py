"""What a Flask rule means in the document, and which values of it reach a method."""

from __future__ import annotations

from uuid import uuid4

import pytest

from service.contract import ContractError
from service.contract.paths import INT64_MAX, document_path, is_storable, path_parameters


@pytest.mark.parametrize(
    ("rule", "schema"),
    [
        ("/<int:x>", {"type": "integer", "minimum": 0, "maximum": INT64_MAX}),
        ("/<int(min=1, max=9):x>", {"type": "integer", "minimum": 1, "maximum": 9}),
        ("/<int(signed=True):x>", {"type": "integer", "minimum": -INT64_MAX - 1, "maximum": INT64_MAX}),
        ("/<float:x>", {"type": "number", "minimum": 0}),
        ("/<float(signed=True, max=2.5):x>", {"type": "number", "maximum": 2.5}),
        ("/<uuid:x>", {"type": "string", "format": "uuid"}),
        ("/<any(a, b):x>", {"type": "string", "enum": ["a", "b"]}),
        ("/<path:x>", {"type": "string", "minLength": 1, "pattern": r"^[^/\u0000][^\u0000]*$"}),
        ("/<x>", {"type": "string", "minLength": 1, "pattern": r"^[^/\u0000]+$"}),
        (
            "/<string(length=2):x>",
            {"type": "string", "minLength": 2, "maxLength": 2, "pattern": r"^[^/\u0000]+$"},
        ),
    ],
)
def test_converters_with_their_arguments(rule: str, schema: dict[str, object]) -> None:
    (parameter,) = path_parameters(rule, {"x": {"description": "X.", "example": 1}})
    assert (parameter.name, parameter.schema, parameter.description) == ("x", schema, "X.")


def test_unknown_converter_is_refused() -> None:
    with pytest.raises(ContractError, match="hex"):
        path_parameters("/<hex:x>", {})


@pytest.mark.parametrize(("rule", "path"), [("/", "/"), ("/posts/", "/posts"), ("/<int:a>/<b>", "/{a}/{b}")])
def test_template(rule: str, path: str) -> None:
    assert document_path(rule) == path


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", 2**63, -(2**63) - 1, None])
def test_what_no_database_takes(value: object) -> None:
    assert not is_storable(value)


@pytest.mark.parametrize("value", ["é", 2**63 - 1, -(2**63), 1.5, uuid4()])
def test_what_one_takes(value: object) -> None:
    assert is_storable(value)
