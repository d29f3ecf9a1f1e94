"""Webhooks: the requests that the application sends to receivers, as a namespace declares them for the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_restx.model import ModelBase

from .api_protocol import ApiProtocol
from .errors import ContractError
from .operations import Operation


@dataclass(frozen=True, slots=True)
class Webhook:
    """A declared webhook: a POST with the JSON of `model`, an output.

    `headers` are the Header Objects of the request; `responses` say by status what the application makes of an answer.
    """

    name: str
    id: str
    model: ModelBase
    namespace: str
    summary: str
    description: str | None
    headers: Mapping[str, Mapping[str, Any]]
    responses: Mapping[str, str]


def collect_webhooks(api: ApiProtocol, operations: Iterable[Operation]) -> list[Webhook]:
    """Return the webhooks of all namespaces, in the order of their declaration.

    Raise `ContractError` if two have one name, or if the id of one is that of an operation or of another one.
    """
    found: dict[str, Webhook] = {}
    ids = {operation.id: operation.name for operation in operations}
    for namespace in api.namespaces:
        for webhook in getattr(namespace, "webhooks", ()):
            if webhook.name in found:
                raise ContractError(f"two webhooks are named {webhook.name!r}")
            if webhook.id in ids:
                raise ContractError(
                    f"the webhook {webhook.name} has the operationId of {ids[webhook.id]}: {webhook.id}"
                )
            found[webhook.name] = webhook
            ids[webhook.id] = f"the webhook {webhook.name}"
    return list(found.values())
