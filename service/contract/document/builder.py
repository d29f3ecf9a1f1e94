"""Assembles the OpenAPI document: info, tags, paths and components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from flask_restx.swagger import Swagger

from ..api_protocol import ApiProtocol
from ..errors import ContractError, Refusals
from ..operations import Operation, source_of
from ..webhooks import Webhook
from .examples import Examples
from .field_schemas import Schema
from .links import check_links
from .lint import lint, lint_webhooks
from .operation_objects import OperationWriter
from .schemas import Components
from .successors import check_successors
from .webhook_objects import write_webhooks


def build_document(
    api: ApiProtocol, operations: Iterable[Operation], webhooks: Sequence[Webhook], refusals: Refusals
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `api`.

    Raises `ContractError` for a declaration that cannot be exported truthfully: two models of one name, a field whose
    output cannot be described, a broken link, and, in strict namespaces, a missing description, bound, summary or
    example. Those of operations are reported together with what `refusals` has already.
    """
    components = Components(api.models)
    writer = OperationWriter(components, api.common_headers)
    paths: dict[str, dict[str, Any]] = {}
    owned: list[tuple[str, str]] = []
    listed = list(operations)
    for operation in listed:
        item = paths.setdefault(operation.path, {})
        with refusals.collect(source_of(operation.function)):
            if operation.method in item:
                raise ContractError(f"two resources are registered for {operation.name}")
            item[operation.method] = {**writer.operation(operation), **_extensions(api, operation)}
        if operation.strict:
            owned.append((operation.path, operation.method))
    refusals.report()
    components.strict = True
    schemas, (paths, sent) = components.finish([paths, write_webhooks(webhooks, components)])
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": _info(api),
        "servers": [{"url": "/", "description": "The server that serves this document."}],
        "tags": [*_tags(api, webhooks)],
        "paths": paths,
        **({"webhooks": sent} if sent else {}),
        "components": _components(api, schemas),
    }
    Examples(document).fill()
    lint(document, owned)
    lint_webhooks(document)
    check_links(document)
    check_successors(document, listed)
    return document


def render(document: Mapping[str, Any]) -> bytes:
    """Return the serialised document: committed, exported and served as the same bytes."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _extensions(api: ApiProtocol, operation: Operation) -> Mapping[str, Any]:
    """Return what the application adds to the operation; raise `ContractError` for a name that is no extension."""
    extensions = api.operation_extensions(operation)
    if wrong := [name for name in extensions if not name.startswith("x-")]:
        raise ContractError(f"{operation.name}: the names of extensions begin with x-, these do not: {wrong}")
    return extensions


def _info(api: ApiProtocol) -> dict[str, Any]:
    info: dict[str, Any] = {"title": api.title, "version": api.version}
    if api.description:
        info["description"] = api.description
    if api.terms_url:
        info["termsOfService"] = api.terms_url
    if api.contact:
        contact = {"name": api.contact, "email": api.contact_email, "url": api.contact_url}
        info["contact"] = {key: value for key, value in contact.items() if value}
    if api.license:
        info["license"] = {"name": api.license, **({"url": api.license_url} if api.license_url else {})}
        if not api.license_url:
            info["license"]["identifier"] = api.license
    return info


def _tags(api: ApiProtocol, webhooks: Iterable[Webhook]) -> Iterator[dict[str, str]]:
    """Yield the tags of namespaces with operations, as RESTX does, then of those that have webhooks alone."""
    found = [tag for tag in Swagger(api).extract_tags(api) if tag["name"] != "default"]
    yield from found
    missing = {webhook.namespace for webhook in webhooks} - {tag["name"] for tag in found}
    for namespace in api.namespaces:
        if namespace.name in missing:
            description = {"description": namespace.description} if namespace.description else {}
            yield {"name": namespace.name, **description}


def _components(api: ApiProtocol, schemas: dict[str, Schema]) -> dict[str, Any]:
    components: dict[str, Any] = {"schemas": schemas}
    if api.common_headers:
        components["headers"] = {name: dict(header) for name, header in api.common_headers.items()}
    used = {name: scheme.openapi for name, scheme in api.security_schemes.items()}
    if used:
        components["securitySchemes"] = used
    return components
