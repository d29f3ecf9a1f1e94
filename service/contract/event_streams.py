"""Server-sent events (WHATWG HTML, 9.2): what an operation declares about its stream, and how events are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from flask_restx.model import ModelBase

from .marshalling import compile_marshaller

EVENT_STREAM = "text/event-stream"
# Timestamps as in JSON responses.
_JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class EventStream:
    """The declared events of a stream: their name, and the model of their data, which is JSON."""

    event: str
    model: ModelBase


def write_event(event: str, event_id: str, data: bytes) -> bytes:
    """Return an event with its id and its data, which `json_encoder` makes."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), event.encode(), data)


def json_encoder(model: ModelBase) -> Callable[[Any], bytes]:
    """Return the function that marshals an object as `model` and writes it as JSON, which has no line breaks."""
    marshal = compile_marshaller(model, as_list=False)
    return lambda data: orjson.dumps(marshal(data), option=_JSON_OPTIONS)


def parse_events(body: bytes) -> Iterator[dict[str, str]]:
    """Yield the events of a stream by their fields; comments and what has no data are left out."""
    for block in body.decode().split("\n\n"):
        event: dict[str, str] = {}
        for line in block.splitlines():
            name, _, value = line.partition(":")
            if name:
                event[name] = value.removeprefix(" ")
        if "data" in event:
            yield event
