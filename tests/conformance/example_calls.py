"""Example requests of all operations, made from the document alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.image_files import claiming
from tests.importing.zips import zipped

ABSENT = {
    "integer": 2**62,
    "uuid": "00000000-0000-7000-8000-000000000000",
    "string": "nothing-of-this-name",
}


JSON, FORM = "application/json", "multipart/form-data"
BOUNDARY = "example"
# What is sent for the files of forms, by the name in the example: a small blog, and photos of which there is little
# more than a header.
ARCHIVE = ("rust-blog.zip", zipped({"a.md": '+++\ntitle = "A"\ndate = 2024-01-02\n+++\nText.\n'}))
PHOTO = claiming("JPEG", 4000, 3000)
FILES = dict([ARCHIVE, ("loom.jpg", PHOTO), ("loom-2.jpg", PHOTO), ("ada.jpg", PHOTO)])


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the document, with the request that its examples make."""

    id: str
    method: str
    template: str
    declared: Mapping[str, Any]

    def __str__(self) -> str:
        return self.id

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(self.declared["responses"])

    @property
    def needs_token(self) -> bool:
        return bool(self.declared["security"]) and {} not in self.declared["security"]

    @property
    def scopes(self) -> list[str]:
        """Return the scopes that an API key needs; none where no key is accepted."""
        return [scope for each in self.declared["security"] for scope in each.get("apiKeyAuth", ())]

    @property
    def takes_refresh_token(self) -> bool:
        return {"refreshAuth": []} in self.declared["security"]

    @property
    def content(self) -> Mapping[str, Any]:
        """Return the media types of the body; none where there is no body."""
        content: Mapping[str, Any] = self.declared.get("requestBody", {}).get("content", {})
        return content

    @property
    def takes_json(self) -> bool:
        return JSON in self.content

    @property
    def body(self) -> bytes | None:
        """Return the example of the body, None where there is none; the files of a form are in `FILES`."""
        if not self.content:
            return None
        if self.takes_json:
            return json.dumps(self.content[JSON]["example"]).encode()
        form = self.content[FORM]
        return (
            b"".join(_parts(form["example"], form["schema"]["properties"])) + f"--{BOUNDARY}--\r\n".encode()
        )

    @property
    def success(self) -> str:
        """Return the status that the example is answered with: the first one that is declared."""
        return min(self.statuses)

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with the body, and the headers that are required."""
        required = {
            parameter["name"]: parameter["example"]
            for parameter in self._parameters("header")
            if parameter.get("required")
        }
        if not self.content:
            return required
        return {**required, "Content-Type": JSON if self.takes_json else f"{FORM}; boundary={BOUNDARY}"}

    def path(self, *, absent: bool = False, **query: str) -> str:
        """Return path and query; `absent` names things that are not there."""
        path = self.template
        for parameter in self._parameters("path"):
            value = _absent(parameter["schema"]) if absent else parameter["example"]
            path = path.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
        needed = {
            p["name"]: p.get("example", p["schema"].get("example"))
            for p in self._parameters("query")
            if p.get("required")
        }
        return "?".join(filter(None, [path, urlencode({**needed, **query})]))

    def filled(self, place: str, *, required: bool = False) -> dict[str, Any]:
        """Return the parameters of a place by their examples or defaults: what a form is filled with.

        `required` leaves out what need not be sent.
        """
        found = {
            each["name"]: each.get(
                "example", *each["schema"].get("examples", [each["schema"].get("default")])
            )
            for each in self._parameters(place)
            if each.get("required") or not required
        }
        return {name: value for name, value in found.items() if value is not None}

    def takes(self, header: str) -> bool:
        """Tell whether the operation declares this header."""
        return any(parameter["name"] == header for parameter in self._parameters("header"))

    def _parameters(self, place: str) -> Iterator[Mapping[str, Any]]:
        return (each for each in self.declared.get("parameters", ()) if each["in"] == place)


def _parts(values: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the parts of a form."""
    for name, value in values.items():
        is_file = "contentMediaType" in properties[name]
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if is_file:
            file_name = value.removeprefix("the bytes of ")
            head += f'; filename="{file_name}"\r\nContent-Type: application/octet-stream'
        for each in value if isinstance(value, list) else [value]:
            content = FILES[file_name] if is_file else _text(each)
            yield f"{head}\r\n\r\n".encode() + content + b"\r\n"


def _text(value: Any) -> bytes:
    """Return a field of a form: booleans as in JSON."""
    return (json.dumps(value) if isinstance(value, bool) else str(value)).encode()


def _absent(schema: Mapping[str, Any]) -> Any:
    return ABSENT[schema.get("format", schema["type"])]


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation."""
    return [
        Operation(declared["operationId"], method.upper(), template, declared)
        for template, item in document["paths"].items()
        for method, declared in item.items()
    ]
