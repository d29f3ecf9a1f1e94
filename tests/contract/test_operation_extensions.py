"""Extensions that the application contributes to the operations of the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from service.contract import Api, ContractError, Namespace, Resource, annotated, public
from service.contract.operations import Operation


def document_with(extensions: Any) -> dict[str, Any]:
    ns = Namespace("books", description="Books.", path="/books")

    @ns.route("")
    class Books(Resource):
        @annotated(shelf="new")
        @annotated(shelf="old", floor=2)
        @public
        @ns.doc(id="listBooks")
        @ns.response(204, "No books")
        def get(self) -> Any:
            """List books."""
            return None, 204

    api = Api(title="Books", operation_extensions=extensions)
    api.add_namespace(ns)
    operation: dict[str, Any] = api.document["paths"]["/books"]["get"]
    return operation


def test_extensions_follow_from_what_is_declared_with_the_method() -> None:
    def extensions(operation: Operation) -> Mapping[str, Any]:
        return {"x-place": dict(operation.declared.annotations), "x-name": operation.name}

    operation = document_with(extensions)
    assert operation["x-place"] == {"shelf": "new", "floor": 2}
    assert operation["x-name"] == "GET /books"


def test_a_name_that_is_no_extension_is_refused() -> None:
    with pytest.raises(ContractError, match=r"GET /books: .* begin with x-, these do not: \['place'\]"):
        document_with(lambda _operation: {"place": "new", "x-name": "GET"})
