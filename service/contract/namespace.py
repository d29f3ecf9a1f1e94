"""The `Namespace` and `Resource` classes to declare operations with; signatures as in Flask-RESTX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from weakref import WeakSet

from flask_restx import Namespace as StockNamespace
from flask_restx import Resource as StockResource
from flask_restx.model import ModelBase
from flask_restx.namespace import unshortcut_params_description

from .decorators import merge_documentation
from .errors import ContractError
from .webhooks import Webhook

F = TypeVar("F", bound=Callable[..., Any])


class Resource(StockResource):
    """A resource of a strict namespace. The pipeline does the work; only the class itself matters."""


class _WeakApis(WeakSet[Any]):
    """The Apis that a namespace was added to, for as long as somebody else keeps them; used as stock's list is."""

    append = WeakSet.add


class Namespace(StockNamespace):
    """A RESTX namespace whose declarations are enforced: see the package's docstring.

    `marshal_with` only stores the model; the pipeline marshals, by the status that was returned. Names of models are
    unique: a second model of the same name is an error, where stock RESTX silently keeps the last.
    """

    is_contract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A namespace lives as long as its module: it must not keep every application that it was ever added to.
        self.apis: Any = _WeakApis(vars(self)["apis"])
        self.webhooks: list[Webhook] = []

    def webhook(
        self,
        name: str,
        model: ModelBase,
        *,
        id: str,
        summary: str,
        description: str | None = None,
        headers: Mapping[str, Mapping[str, Any]] | None = None,
        responses: Mapping[str, str] | None = None,
    ) -> None:
        """Declare a webhook: the application POSTs `model` as JSON to receivers. `id` is its operationId.

        `headers` are the Header Objects of the request, `responses` descriptions by status (`2XX`, `410`, `default`).
        """
        given = {"2XX": "The receiver took the message."} if responses is None else dict(responses)
        self.webhooks.append(
            Webhook(name, id, model, self.name, summary, description, dict(headers or {}), given)
        )

    def add_model(self, name: str, definition: ModelBase) -> ModelBase:
        """Add a model; `ContractError` if the namespace has another of the same name."""
        if name in self.models:
            raise ContractError(f"the namespace {self.name!r} has two models named {name!r}")
        added: ModelBase = super().add_model(name, definition)
        return added

    def doc(self, shortcut: Any = None, **kwargs: Any) -> Callable[[F], F]:
        """Document the decorated class or method as RESTX does, without copying every model."""
        if isinstance(shortcut, str):
            kwargs["id"] = shortcut
        unshortcut_params_description(kwargs)

        def document(documented: F) -> F:
            if shortcut is False:
                raise ContractError(f"{documented.__qualname__} is hidden; every route must be documented")
            documented.__apidoc__ = merge_documentation(getattr(documented, "__apidoc__", {}), kwargs)  # type: ignore[attr-defined]
            return documented

        return document

    def marshal_with(
        self,
        fields: Any,
        as_list: bool = False,
        code: int = HTTPStatus.OK,
        description: str | None = None,
        **kwargs: Any,
    ) -> Callable[[F], F]:
        """Declare the model of the successful response (`[model]` with `as_list`)."""
        return self.doc(responses={str(int(code)): (description, [fields] if as_list else fields, kwargs)})
