"""Compares the requests and responses of an operation: parameters, bodies, media types, statuses and headers.

Each is compared from the side that sends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ...deprecation import DEPRECATION_HEADER_MARK
from .changes import Difference, Effect, Side, prefix_place
from .documents import DocumentPair
from .schemas import Schemas
from .sunsets import deprecation_changes, removal_change

PROBLEM = "application/problem+json"
# How large the whole body may be; without it, as large as any.
MAX_BODY_BYTES = "x-max-body-bytes"
# Keywords for the serialization of a parameter, which are outside its schema.
SERIALISATION = ("style", "explode", "allowReserved", "allowEmptyValue", "content")
VARIABLE = re.compile(r"\{([^}]*)\}")

Node = Mapping[str, Any]
# An operation with the path item that it belongs to, in one document.
OperationInPath = tuple[str, Node, Node]


class RequestResponseComparison:
    """Compares requests and responses of one operation."""

    def __init__(self, pair: DocumentPair, today: date) -> None:
        self._pair, self._today = pair, today
        sides: tuple[Side, ...] = ("request", "response")
        self._schemas = {side: Schemas(pair, side, today) for side in sides}

    def parameters(self, old: OperationInPath, new: OperationInPath, side: Side) -> Iterator[Difference]:
        """Yield the differences of parameters; path parameters are matched by position."""
        before = _parameters(self._pair, old, old=True)
        after = _parameters(self._pair, new, old=False)
        for key in sorted({*before, *after}):
            place = f"{key[0]} {after.get(key, before.get(key, {}))['name']}"
            if key not in after:
                yield removal_change(before[key].get, "The parameter", place, self._today)
            elif key not in before:
                yield _new("The parameter", place, required=_required(after[key]))
            else:
                yield from self._parameter(place, before[key], after[key], side)

    def _parameter(self, place: str, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        yield from _requirement(place, required=_required(new), was=_required(old))
        yield from deprecation_changes(old.get, new.get, place, self._today)
        if not self._pair.identical(_subset(old, SERIALISATION), _subset(new, SERIALISATION)):
            yield Difference(Effect.CHANGED, place, "The serialization changed.")
        yield from prefix_place(place + " ", self._of_schema(old, new, side))

    def body(self, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        """Yield the differences of the request body."""
        before, after = old.get("requestBody"), new.get("requestBody")
        if before is None or after is None:
            if before is not None:
                yield Difference(Effect.REMOVED, "body", "The body was removed.")
            elif after is not None:
                required = self._pair.new.resolve(after).get("required", False)
                yield _new("The body", "body", required=required)
            return
        before, after = self._pair.old.resolve(before), self._pair.new.resolve(after)
        required, was = (bool(body.get("required")) for body in (after, before))
        yield from _requirement("body", required=required, was=was)
        yield from _limit("body", before.get(MAX_BODY_BYTES), after.get(MAX_BODY_BYTES))
        yield from self._content("body", before, after, side)

    def responses(self, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        """Yield the differences of responses: statuses, headers and bodies."""
        before, after = old.get("responses", {}), new.get("responses", {})
        for status in sorted({*before, *after}):
            was, now = _response_for_status(before, status), _response_for_status(after, status)
            if now is None:
                yield Difference(Effect.REMOVED, status, "The status was removed.")
            elif was is None:
                yield _new_status(status)
            else:
                yield from self._response(
                    status, self._pair.old.resolve(was), self._pair.new.resolve(now), side
                )

    def _response(self, status: str, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        yield from self._headers(status, old.get("headers", {}), new.get("headers", {}), side)
        yield from self._content(status, old, new, side)
        yield from self._links(status, old.get("links", {}), new.get("links", {}))

    def _links(self, status: str, old: Node, new: Node) -> Iterator[Difference]:
        """Yield the differences of links, which affect no value that is sent."""
        for name in sorted({*old, *new}):
            place = f"{status} link {name}"
            if name not in old:
                yield Difference(Effect.ADDED, place, "The link was added.")
            elif name not in new:
                yield Difference(Effect.REWORDED, place, "The link was removed.")
            elif not self._pair.identical(old[name], new[name]):
                yield Difference(Effect.REWORDED, place, "The link has another target.")

    def _headers(self, status: str, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        before, after = ({name.lower(): header for name, header in headers.items()} for headers in (old, new))
        names = {name.lower(): name for name in {**old, **new}}
        for key in sorted(names):
            place = f"{status} header {names[key]}"
            if key not in after:
                was = self._pair.old.resolve(before[key])
                if was.get(DEPRECATION_HEADER_MARK):
                    yield Difference(Effect.REWORDED, place, "The deprecation header was removed.")
                else:
                    yield removal_change(was.get, "The header", place, self._today)
            elif key not in before:
                yield Difference(Effect.ADDED, place, "The header was added.")
            else:
                was, now = self._pair.old.resolve(before[key]), self._pair.new.resolve(after[key])
                if not (was.get(DEPRECATION_HEADER_MARK) and now.get(DEPRECATION_HEADER_MARK)):
                    yield from self._parameter(place, was, now, side)

    def _content(self, place: str, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        before, after = old.get("content", {}), new.get("content", {})
        for kind in sorted({*before, *after}):
            here = f"{place} {kind}"
            if kind not in after:
                yield Difference(Effect.REMOVED, here, "The media type was removed.")
            elif kind not in before:
                yield Difference(Effect.ADDED, here, "The media type was added.")
            else:
                if not self._pair.identical(
                    _subset(before[kind], ("encoding",)), _subset(after[kind], ("encoding",))
                ):
                    yield Difference(Effect.CHANGED, here, "The serialization changed.")
                differences = self._of_schema(before[kind], after[kind], side)
                yield from prefix_place(
                    here + " ", _allow_new_problems(differences) if kind == PROBLEM else differences
                )

    def _of_schema(self, old: Node, new: Node, side: Side) -> Iterator[Difference]:
        yield from self._schemas[side].differences(old.get("schema", True), new.get("schema", True))


def _parameters(pair: DocumentPair, call: OperationInPath, *, old: bool) -> dict[tuple[str, str], Node]:
    """Return the parameters of a path and its operation by location and name."""
    path, item, operation = call
    document = pair.old if old else pair.new
    places = {name: str(number) for number, name in enumerate(VARIABLE.findall(path), 1)}
    parameters: dict[tuple[str, str], Node] = {}
    for written in (*item.get("parameters", ()), *operation.get("parameters", ())):
        parameter = document.resolve(written)
        name, place = parameter["name"], parameter["in"]
        if place == "path":
            name = places.get(name, name)
        parameters[place, name.lower() if place == "header" else name] = parameter
    return parameters


def _required(parameter: Node) -> bool:
    return bool(parameter.get("required"))


def _subset(node: Node, keywords: tuple[str, ...]) -> Node:
    return {keyword: node[keyword] for keyword in keywords if keyword in node}


def _new(what: str, place: str, *, required: bool) -> Difference:
    if required:
        return Difference(Effect.NARROWED, place, f"{what} was added and is required.")
    return Difference(Effect.ADDED, place, f"{what} was added.")


def _requirement(place: str, *, required: bool, was: bool) -> Iterator[Difference]:
    if required and not was:
        yield Difference(Effect.NARROWED, place, "Is now required.")
    elif was and not required:
        yield Difference(Effect.WIDENED, place, "Is no longer required.")


def _limit(place: str, old: int | None, new: int | None) -> Iterator[Difference]:
    if old == new:
        return
    # What the limit of any body is, the document does not say.
    effect = Effect.CHANGED
    if old is not None and new is not None:
        effect = Effect.NARROWED if new < old else Effect.WIDENED
    was, now = ("that of any body" if limit is None else f"{limit} bytes" for limit in (old, new))
    yield Difference(effect, place, f"The limit is {now}; it was {was}.")


def _response_for_status(responses: Node, status: str) -> Node | None:
    """Return the declared response for a status: its own, that of its class (`4XX`), or the default."""
    for key in (status, f"{status[0]}XX", "default"):
        if key in responses:
            response: Node = responses[key]
            return response
    return None


def _new_status(status: str) -> Difference:
    """Classify a status that was not declared.

    Clients treat an unknown 4xx as 400 and an unknown 5xx as 500 (RFC 9110, section 15), and 304 is sent only to
    clients that ask for it. Any other is a success that existing clients do not handle.
    """
    expected = status[0] in "45" or status in {"304", "default"}
    return Difference(Effect.ADDED if expected else Effect.WIDENED, status, "The status was added.")


def _allow_new_problems(differences: Iterator[Difference]) -> Iterator[Difference]:
    """Classify a new kind of problem as an addition: clients have a default for unknown problems."""
    for difference in differences:
        unchanged = difference.effect is not Effect.ALTERNATIVE
        yield difference if unchanged else replace(difference, effect=Effect.ADDED)
