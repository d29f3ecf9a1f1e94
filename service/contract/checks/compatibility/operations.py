"""Compares two OpenAPI documents, operation by operation; the entry point is `compare`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .changes import Change, ChangeLevel, Difference, Effect, Side, classify
from .descriptions import component_description_changes, description_change, description_changed, info_changes
from .documents import Document, DocumentPair, canonical_json
from .requests_responses import VARIABLE, Node, RequestResponseComparison
from .security import security_differences
from .sunsets import deprecation_changes, removal_change

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Compared only as a whole, because our document never has them.
WHOLE = ("callbacks", "servers")

# (Path with unnamed variables, method) -> path, path item and operation of one document.
Operations = dict[tuple[str, str], tuple[str, Node, Node]]


def compare(old: Mapping[str, Any], new: Mapping[str, Any], *, today: date) -> list[Change]:
    """Return all changes, highest level first; empty if the documents differ in their version only.

    A deprecated part must not be removed before its sunset date, which is judged by `today`; pass `date.max` to ignore
    it. Raises ValueError for a reference without a target.
    """
    changes = [
        *_Comparison(DocumentPair(Document(old), Document(new)), today).changes(),
        *component_description_changes(old, new),
        *info_changes(old, new),
    ]
    if not changes and canonical_json(_without_version(old)) != canonical_json(_without_version(new)):
        changes.append(Change(ChangeLevel.PATCH, "", "", "", "Rewritten without a change of meaning."))
    return sorted(dict.fromkeys(changes), key=lambda change: (-change.level, *_order(change)))


class _Comparison:
    """Compares the operations of both documents."""

    def __init__(self, pair: DocumentPair, today: date) -> None:
        self._pair, self._today = pair, today
        self._messages = RequestResponseComparison(pair, today)

    def changes(self) -> Iterator[Change]:
        old, new = self._pair.old.content, self._pair.new.content
        yield from classify(_of_servers(old.get("servers"), new.get("servers")), "request", "")
        yield from self._section("paths", "request", "response")
        # A webhook is called by the service: its request is what clients receive.
        yield from self._section("webhooks", "response", "request")

    def _section(self, section: str, request_side: Side, response_side: Side) -> Iterator[Change]:
        before, after = (_operations(document, section) for document in (self._pair.old, self._pair.new))
        for key in sorted({*before, *after}):
            if key not in after:
                removed = removal_change(before[key][2].get, "The operation", "", self._today)
                yield from classify([removed], "request", _id(*before[key], key[1]))
            elif key not in before:
                added = Difference(Effect.ADDED, "", "The operation was added.")
                yield from classify([added], "request", _id(*after[key], key[1]))
            else:
                yield from self._operation(before[key], after[key], key[1], request_side, response_side)

    def _operation(
        self,
        old: tuple[str, Node, Node],
        new: tuple[str, Node, Node],
        method: str,
        asked: Side,
        answered: Side,
    ) -> Iterator[Change]:
        name, before, after = _id(*new, method), old[2], new[2]
        requests = [
            *self._itself(before, after),
            *self._messages.parameters(old, new, asked),
            *self._messages.body(before, after, asked),
        ]
        yield from classify(requests, asked, name)
        yield from classify(self._messages.responses(before, after, answered), answered, name)
        if description_changed(before, after):
            yield description_change(name, "")

    def _itself(self, old: Node, new: Node) -> Iterator[Difference]:
        if old.get("operationId") != new.get("operationId"):
            sentence = f"The operationId changed; it was `{old.get('operationId')}`."
            yield Difference(Effect.CHANGED, "operationId", sentence)
        yield from deprecation_changes(old.get, new.get, "", self._today)
        yield from security_differences((self._pair.old, old), (self._pair.new, new))
        for keyword in WHOLE:
            if not self._pair.identical(old.get(keyword), new.get(keyword)):
                yield Difference(
                    Effect.CHANGED, keyword, "Changed in a way that cannot be compared in detail."
                )


def _operations(document: Document, section: str) -> Operations:
    """Return the operations by method and path; path variables are matched by position."""
    operations: Operations = {}
    for path, written in document.content.get(section, {}).items():
        item = document.resolve(written)
        for method in METHODS:
            if method in item:
                operations[VARIABLE.sub("{}", path), method] = path, item, item[method]
    return operations


def _id(path: str, _item: Node, operation: Node, method: str) -> str:
    name: str = operation.get("operationId", f"{method.upper()} {path}")
    return name


def _of_servers(old: Any, new: Any) -> Iterator[Difference]:
    before, after = ({server["url"] for server in servers or [{"url": "/"}]} for servers in (old, new))
    for url in sorted(before - after):
        yield Difference(Effect.REMOVED, f"server {url}", "The server was removed.")
    for url in sorted(after - before):
        yield Difference(Effect.ADDED, f"server {url}", "The server was added.")


def _order(change: Change) -> tuple[str, str, str, str]:
    return change.operation, change.side, change.place, change.sentence


def _without_version(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**document, "info": {**document.get("info", {}), "version": ""}}
