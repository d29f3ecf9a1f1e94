"""Locations of request parameters (query, header, cookie, form, body, path) and how a value is read from each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage, Headers, MultiDict

# reqparse `location` -> attribute of the request. A stock argument without a location has ("json",
# "values"). RESTX documents any location that it does not know as the query.
LOCATIONS = {
    "args": "args",
    "query": "args",
    "values": "args",
    "json": "args",
    "get_json": "args",
    "headers": "headers",
    "cookies": "cookies",
    "cookie": "cookies",
    "form": "form",
    "files": "files",
    "view_args": "view_args",
}
# Names of the locations in messages for clients, and in OpenAPI.
LOCATION_NAMES = {
    "args": "the query string",
    "headers": "the headers",
    "cookies": "the cookies",
    "form": "the form",
    "files": "the form",
    "json": "the body",
    "view_args": "the path",
}
OPENAPI_LOCATIONS = {"args": "query", "headers": "header", "cookies": "cookie"}
LOCATION_LABELS = {**OPENAPI_LOCATIONS, "form": "form", "files": "form", "json": "body", "view_args": "path"}


@dataclass(slots=True)
class RequestValues:
    """The values of one request by location."""

    args: MultiDict[str, str]
    headers: Headers
    cookies: MultiDict[str, str]
    form: MultiDict[str, str]
    files: MultiDict[str, FileStorage]
    json: Mapping[str, Any]
    view_args: Mapping[str, Any]


Getter = Callable[[RequestValues], list[Any]]


def value_getter(location: str, name: str, *, listed: bool) -> Getter:
    """Return a function that returns the values of `name` in one location, an empty list if there are none."""
    match location:
        case "args":
            return lambda request_values: request_values.args.getlist(name)
        case "cookies":
            return lambda request_values: request_values.cookies.getlist(name)
        case "form":
            return lambda request_values: request_values.form.getlist(name)
        case "files":
            # A browser sends a field in which no file was chosen, without a name.
            return lambda request_values: [
                file for file in request_values.files.getlist(name) if file.filename
            ]
        case "json":
            return lambda request_values: [request_values.json[name]] if name in request_values.json else []
        case "view_args":
            return lambda request_values: (
                [str(request_values.view_args[name])] if name in request_values.view_args else []
            )
    if listed:
        return lambda request_values: (
            [part.strip(" \t") for part in request_values.headers[name].split(",")]
            if name in request_values.headers
            else []
        )
    return lambda request_values: [request_values.headers[name]] if name in request_values.headers else []
