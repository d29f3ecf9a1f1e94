"""The `Api` class: Flask-RESTX's with our request pipeline, OpenAPI document and error handling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import wraps
from typing import Any

import flask_restx
from flask import Flask, Response, request
from flask_restx import Namespace as StockNamespace
from flask_restx import Resource as StockResource
from werkzeug.wrappers import Response as BaseResponse

from . import error_handlers
from .api_protocol import ErrorTranslator, OperationExtensions, RateLimitCheck, Transaction
from .deprecation_notices import DeprecationNotifier, DeprecationReporter, log_deprecated_use
from .dispatch import OperationPipeline
from .document import build_document, render
from .errors import ContractError, Refusals
from .file_receiver import FileReceiver
from .idempotency import IdempotencyStore
from .operations import Operation, collect_operations
from .paths import AsciiIntegerConverter
from .problems import Problem
from .security import SecurityScheme, scheme_from_authorization
from .webhooks import collect_webhooks

DEFAULT_MAX_BODY_BYTES = 1024 * 1024


def _no_translation(error: Exception, declared: Sequence[type[Problem]]) -> Problem | None:  # noqa: ARG001
    return None


def _no_extensions(operation: Operation) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


class Api(flask_restx.Api):
    """A RESTX Api that validates requests and responses by its OpenAPI document.

    Beside RESTX's arguments it takes what an application knows and this package does not:

    - `security_schemes`: name -> `SecurityScheme`; RESTX's `authorizations` are added to them;
    - `transaction`: returns the context manager around a method that may write: commits, or rolls back on an exception;
    - `translate_error`: turns an exception (of a database driver) into a `Problem`, given those the operation declares;
    - `check_rate_limit(limit, identity)`: counts a request against a named limit; returns headers or raises
      `TooManyRequests`;
    - `report_deprecated`: called for every use of something deprecated; by default writes a line to the log;
    - `common_headers`: Header Objects of every response, set by the application;
    - `max_body_bytes`: the largest accepted body of operations without a limit of their own; a larger one is 413;
    - `max_upload_bytes`: lowers the limits that operations declare (`body_limit`);
    - `body_limits`: lowers those that operations declare under these names;
    - `file_receiver`: where the files of forms are written; by default, to temporary files;
    - `idempotency`: keeps the responses to requests with an `Idempotency-Key`; by default the header is ignored;
    - `operation_extensions(operation)`: returns extensions (`x-...`) of an operation in the document.
    """

    def __init__(
        self,
        *args: Any,
        security_schemes: Mapping[str, SecurityScheme] | None = None,
        transaction: Transaction = nullcontext,
        translate_error: ErrorTranslator = _no_translation,
        check_rate_limit: RateLimitCheck | None = None,
        report_deprecated: DeprecationReporter = log_deprecated_use,
        common_headers: Mapping[str, Mapping[str, Any]] | None = None,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        max_upload_bytes: int | None = None,
        body_limits: Mapping[str, int] | None = None,
        file_receiver: FileReceiver | None = None,
        idempotency: IdempotencyStore | None = None,
        operation_extensions: OperationExtensions = _no_extensions,
        **kwargs: Any,
    ) -> None:
        self.transaction = transaction
        self.translate_error = translate_error
        self.common_headers = dict(common_headers or {})
        self.max_body_bytes = max_body_bytes
        self.max_upload_bytes = max_upload_bytes
        self.body_limits = dict(body_limits or {})
        self.file_receiver = file_receiver or FileReceiver()
        self.idempotency = idempotency
        self.operation_extensions = operation_extensions
        self._given_schemes = dict(security_schemes or {})
        self._check_rate_limit = check_rate_limit
        self.report_deprecated = report_deprecated
        self._compiled: _Compiled | None = None
        self._compile_lock = threading.RLock()
        self._resource_arguments: dict[tuple[type[Any], str], tuple[tuple[Any, ...], dict[str, Any]]] = {}
        super().__init__(*args, **kwargs)

    # Input of the document and the pipelines

    @property
    def security_schemes(self) -> dict[str, SecurityScheme]:
        """Return every scheme: those passed to the Api, and RESTX `authorizations` of the Api and its namespaces."""
        stock: dict[str, Any] = {**(self.authorizations or {})}
        for namespace in self.namespaces:
            stock.update(namespace.authorizations or {})
        return {
            **{name: scheme_from_authorization(definition) for name, definition in stock.items()},
            **self._given_schemes,
        }

    def full_path(self, url: str) -> str:
        """Return the full Flask rule of `url`, with the prefixes of the Api and of its blueprint."""
        prefix = (
            self.blueprint_setup.url_prefix
            if self.blueprint_setup
            else getattr(self.blueprint, "url_prefix", "")
        )
        completed: str = self._complete_url(url, prefix)
        return completed

    def compile(self) -> _Compiled:
        """Compile all declarations, once; call it at start-up, so that invalid declarations stop the start.

        Raises one `ContractError` for all that are refused.
        """
        with self._compile_lock:
            if self._compiled is None:
                refusals = Refusals()
                operations = collect_operations(self, refusals)
                with refusals.collect(self.title):
                    error_handlers.check_stock_handlers(self, operations)
                webhooks = collect_webhooks(self, operations)
                document = build_document(self, operations, webhooks, refusals)
                self._compiled = _Compiled(self, operations, document)
            return self._compiled

    @property
    def document(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document."""
        return self.compile().document

    @property
    def document_bytes(self) -> bytes:
        """Return the document as the bytes that are committed and served."""
        return self.compile().document_bytes

    @property
    def operations(self) -> list[Operation]:
        """Return the operations in the order of the document."""
        return self.compile().operations

    def check_rate_limit(self, limit: str, identity: Any) -> Mapping[str, str]:
        """Count this request against the named limit; return headers for the response, whatever its status."""
        if self._check_rate_limit is None:
            raise ContractError(f"the limit {limit!r} is declared, but the Api was given no check_rate_limit")
        return self._check_rate_limit(limit, identity)

    # Overrides of RESTX

    def _init_app(self, app: Flask) -> None:
        # A field mask would omit keys that the document requires.
        app.config.setdefault("RESTX_MASK_HEADER", "")
        app.config.setdefault("RESTX_MASK_SWAGGER", False)
        if app.url_map.converters["int"].__module__.startswith("werkzeug."):
            app.url_map.converters["int"] = AsciiIntegerConverter
        super()._init_app(app)
        error_handlers.register_error_handlers(app, self)
        app.after_request(self._add_deprecation_headers)

    def register_resource(
        self, namespace: StockNamespace, resource: type[Any], *urls: str, **kwargs: Any
    ) -> str:
        """Register a resource as RESTX does; discards what was compiled before."""
        self._compiled = None
        endpoint: str = super().register_resource(namespace, resource, *urls, **kwargs)
        return endpoint

    def error_router(self, original_handler: Callable[[Exception], Any], e: Exception) -> Any:
        """Answer by the `@errorhandler` that a stock application has for the error, or else by those of Flask.

        RESTX itself renders none.
        """
        answer = error_handlers.answer_of_stock_handler(self, e) if self._has_fr_route() else None
        return original_handler(e) if answer is None else answer

    def _register_view(
        self, app: Any, resource: type[Any], namespace: StockNamespace, *urls: str, **kwargs: Any
    ) -> None:
        if resource.dispatch_request is not StockResource.dispatch_request:
            raise ContractError(
                f"{resource.__name__} overrides dispatch_request, which bypasses its declarations"
            )
        arguments = kwargs.get("resource_class_args", ()), kwargs.get("resource_class_kwargs", {})
        self._resource_arguments[resource, namespace.name] = arguments
        self._current_namespace = namespace
        # Paths in the document have no trailing slash. A redirect there would be an undeclared response, and
        # with `strict_slashes=False` werkzeug would answer an unknown method with 404, not 405.
        shorter = [url.rstrip("/") for url in urls if url.rstrip("/") not in ("", url)]
        super()._register_view(app, resource, namespace, *urls, *shorter, **kwargs)

    def output(self, resource: Any) -> Callable[..., Any]:
        """Return the view function of a resource: it runs the pipeline of the request method."""
        cls, namespace = resource.view_class, self._current_namespace
        positional, named = self._resource_arguments[cls, namespace.name]

        @wraps(resource)
        def view(**variables: Any) -> BaseResponse:
            pipelines = (self._compiled or self.compile()).pipelines
            method = request.method.lower()
            pipeline = pipelines.get((namespace.name, cls, method))
            if pipeline is None and method == "head":
                pipeline = pipelines.get((namespace.name, cls, "get"))
            if pipeline is None:  # hidden by a stock namespace: handled by RESTX itself
                stock: BaseResponse = flask_restx.Api.output(self, resource)(**variables)
                return stock
            return pipeline(cls(self, *positional, **named), variables)

        view.view_class = cls  # type: ignore[attr-defined]
        view.methods = resource.methods  # type: ignore[attr-defined]
        return view

    def _add_deprecation_headers(self, response: Response) -> Response:
        notifier = self._compiled.deprecation_notifier if self._compiled else None
        return notifier.add_headers(response) if notifier else response

    def _register_specs(self, app: Any) -> None:
        """Serve the document as `openapi.json` where stock RESTX serves `swagger.json`, unless `add_specs=False`."""
        if self._add_specs:
            app.add_url_rule(f"{self.prefix}/openapi.json", "openapi", self._answer_document)

    def _answer_document(self) -> Response:
        return Response(self.document_bytes, content_type="application/json")

    def _register_doc(self, app: Any) -> None:
        """Register neither `/` nor a documentation page."""

    def _register_apidoc(self, app: Any) -> None:
        """Do not serve the bundled Swagger UI 4."""


class _Compiled:
    """The document and the pipelines compiled from the declarations at one time."""

    def __init__(self, api: Api, operations: list[Operation], document: dict[str, Any]) -> None:
        self.operations = operations
        self.document = document
        self.document_bytes = render(document)
        notifier = DeprecationNotifier(operations, api.report_deprecated)
        self.deprecation_notifier = notifier if notifier.is_needed else None
        self.pipelines = {
            (operation.namespace.name, operation.resource, operation.method): OperationPipeline(
                api, operation, document
            )
            for operation in operations
        }
