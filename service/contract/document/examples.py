"""Fills in the examples of request and response bodies from the examples of their fields.

The example of a response body is at the component that describes it (JSON Schema's `examples`); a response has its own
only where it differs. Request examples are at the media type, where API clients look for a body to send.
"""

from __future__ import annotations

from typing import Any

import orjson

from ..event_streams import EVENT_STREAM

MISSING: Any = object()


class Examples:
    """Adds examples to the bodies of one document, where their schemas have enough of them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas = document["components"]["schemas"]

    def fill(self) -> None:
        """Add a complete example to every JSON request and success; leave out those that cannot be built."""
        for item in self._document.get("webhooks", {}).values():
            self._fill_request(item["post"]["requestBody"]["content"])
        for item in self._document["paths"].values():
            for operation in item.values():
                self._fill_request(operation.get("requestBody", {}).get("content", {}))
                for response in operation["responses"].values():
                    self._fill_answer(response.get("content", {}))
                    self._fill_event(response.get("content", {}))

    def shown(self, media: dict[str, Any]) -> Any:
        """Return the example that a reader finds for a media type, `MISSING` if there is none."""
        return media["example"] if "example" in media else self.example(media["schema"])

    def _fill_request(self, content: dict[str, Any]) -> None:
        media = content.get("application/json")
        if media is not None:
            _put(media, "example", self.shown(media))

    def _fill_answer(self, content: dict[str, Any]) -> None:
        """Complete the example of a response that declares only its differences from that of its component."""
        media = content.get("application/json")
        if media is None:
            return
        component = self._component(media["schema"])
        if component is None:
            _put(media, "example", self.shown(media))
            return
        example = self.example(component)
        if example is not MISSING:
            component["examples"] = [example]
        if isinstance(media.get("example"), dict) and isinstance(example, dict):
            media["example"] = {**example, **media["example"]}

    def _fill_event(self, content: dict[str, Any]) -> None:
        """Give a stream of events the example of one, whose data is that of its model."""
        media = content.get(EVENT_STREAM)
        if media is None:
            return
        event, data = (media["schema"]["properties"][name] for name in ("event", "data"))
        example = self.example(data["contentSchema"])
        if example is not MISSING:
            media["example"] = {
                "id": "1f0c9a2b",
                "event": event["const"],
                "data": orjson.dumps(example).decode(),
            }

    def _component(self, schema: dict[str, Any]) -> dict[str, Any] | None:
        """Return the component that `schema` refers to, directly or as the items of a list."""
        reference = (schema.get("items") or {}).get("$ref") or schema.get("$ref")
        component: dict[str, Any] | None = self._schemas[reference.rsplit("/", 1)[1]] if reference else None
        return component

    def example(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """Return an example that `schema` accepts, or `MISSING`. Optional properties without one are left out."""
        if depth > 8:
            return MISSING
        for keyword in ("examples", "enum"):
            if schema.get(keyword):
                return schema[keyword][0]
        if "$ref" in schema:
            return self.example(self._schemas[schema["$ref"].rsplit("/", 1)[1]], depth + 1)
        if "const" in schema:
            return schema["const"]
        alternatives = schema.get("oneOf") or schema.get("anyOf")
        if alternatives:
            example = self.example(alternatives[0], depth + 1)
            # Null, as of simple types that can be null; but an object shows what it has.
            is_null = {"type": "null"} in alternatives and not isinstance(example, dict)
            return None if is_null else example
        return self._structured(schema, depth)

    def _structured(self, schema: dict[str, Any], depth: int) -> Any:
        match schema.get("type"):
            case "array":
                item, least = self.example(schema.get("items", {}), depth + 1), schema.get("minItems", 0)
                if item is MISSING:
                    return MISSING if least else []
                return [item] * max(1, least)
            case "object":
                return self._object(schema, depth)
            case "boolean":
                return True
            case [_, "null"]:
                return None
            case _:
                return MISSING

    def _object(self, schema: dict[str, Any], depth: int) -> Any:
        examples = {
            name: self.example(member, depth + 1) for name, member in schema.get("properties", {}).items()
        }
        if any(examples.get(name, MISSING) is MISSING for name in schema.get("required", ())):
            return MISSING
        return {name: value for name, value in examples.items() if value is not MISSING}


def _put(holder: dict[str, Any], name: str, value: Any) -> None:
    if value is not MISSING:
        holder[name] = value
