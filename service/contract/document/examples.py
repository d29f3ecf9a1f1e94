"""What does an example of each body look like? Made from the examples of its fields."""

from __future__ import annotations

from typing import Any

MISSING: Any = object()


class Examples:
    """Fills the media types of one document with examples, where their schemas have enough of them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas = document["components"]["schemas"]

    def fill(self) -> None:
        """Give every JSON request and success an `example` that is complete; leave out what cannot be made."""
        for item in self._document["paths"].values():
            for operation in item.values():
                contents = [operation.get("requestBody", {}).get("content", {})]
                contents += [response.get("content", {}) for response in operation["responses"].values()]
                for content in contents:
                    self._fill_content(content)

    def _fill_content(self, content: dict[str, Any]) -> None:
        media = content.get("application/json")
        if media is None or "example" in media:
            return
        found = self.example(media["schema"])
        if found is not MISSING:
            media["example"] = found

    def example(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """Return an example that `schema` accepts, or `MISSING`. Optional properties without one are left out."""
        if depth > 8:
            return MISSING
        if "$ref" in schema:
            return self.example(self._schemas[schema["$ref"].rsplit("/", 1)[1]], depth + 1)
        for keyword in ("examples", "enum"):
            if schema.get(keyword):
                return schema[keyword][0]
        if "const" in schema:
            return schema["const"]
        alternatives = schema.get("oneOf") or schema.get("anyOf")
        if alternatives:
            return self.example(alternatives[0], depth + 1)
        return self._structured(schema, depth)

    def _structured(self, schema: dict[str, Any], depth: int) -> Any:
        match schema.get("type"):
            case "array":
                item, least = self.example(schema["items"], depth + 1), schema.get("minItems", 0)
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
        made = {
            name: self.example(member, depth + 1) for name, member in schema.get("properties", {}).items()
        }
        if any(made.get(name, MISSING) is MISSING for name in schema.get("required", ())):
            return MISSING
        return {name: value for name, value in made.items() if value is not MISSING}
