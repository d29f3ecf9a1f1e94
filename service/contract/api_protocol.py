"""Protocol (interface) of `Api` as used by the other modules of this package, to avoid circular imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from flask_restx import Namespace as StockNamespace
from flask_restx.model import ModelBase

from .file_receiver import FileReceiver
from .idempotency import IdempotencyStore
from .problems import Problem
from .security import SecurityScheme

Transaction = Callable[[], AbstractContextManager[Any]]
ErrorTranslator = Callable[[Exception, Sequence[type[Problem]]], Problem | None]
RateLimitCheck = Callable[[str, Any], Mapping[str, str]]
# Given an `Operation`, whose module imports this one.
OperationExtensions = Callable[[Any], Mapping[str, Any]]


class ApiProtocol(Protocol):
    """The attributes and methods of `Api` that this package uses: RESTX's own, and the application's arguments."""

    title: str
    version: str
    description: str | None
    terms_url: str | None
    contact: str | None
    contact_email: str | None
    contact_url: str | None
    license: str | None
    license_url: str | None
    security: Any
    namespaces: list[StockNamespace]
    models: Mapping[str, ModelBase]

    transaction: Transaction
    translate_error: ErrorTranslator
    common_headers: dict[str, Mapping[str, Any]]
    max_body_bytes: int
    max_upload_bytes: int | None
    body_limits: Mapping[str, int]
    file_receiver: FileReceiver
    idempotency: IdempotencyStore | None
    operation_extensions: OperationExtensions

    @property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """Return every scheme by its name."""

    def ns_urls(self, ns: StockNamespace, urls: Sequence[str]) -> list[str]:
        """Return the rules of a namespace's resource, with the namespace's path."""

    def full_path(self, url: str) -> str:
        """Return the whole Flask rule of `url`."""

    def check_rate_limit(self, limit: str, identity: Any) -> Mapping[str, str]:
        """Count this request against the named limit; return the RateLimit headers."""
