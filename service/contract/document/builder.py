"""Assembles the OpenAPI document: info, tags, paths and components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask_restx import fields
from flask_restx.model import ModelBase
from flask_restx.swagger import Swagger

from ..calls import ENTITY_TAGS, MAX_CONDITION_LENGTH
from ..errors import ContractError
from ..host import Host
from ..operations import Answer, Operation
from ..problems import PROBLEM_JSON, Problem
from .ends import check_ends
from .examples import Examples
from .headers import RATE_LIMIT_HEADERS, declared_headers, end_headers, etag_header, location, problem_headers
from .links import check_links, write_links
from .lint import lint
from .problem_schemas import (
    general_problem,
    input_error_schema,
    problem_name,
    problem_schema,
)
from .schemas import Components, Role, Schema

JSON = "application/json"


def build_document(api: Host, operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `api`.

    Raises `ContractError` for anything that could not be kept: two models of one name, a field whose output cannot be
    described, a link that leads nowhere, and, in our own namespaces, a missing description, bound, summary or example.
    """
    components = Components()
    writer = _Writer(api, components)
    paths: dict[str, dict[str, Any]] = {}
    owned: list[tuple[str, str]] = []
    listed = list(operations)
    for operation in listed:
        item = paths.setdefault(operation.path, {})
        if operation.method in item:
            raise ContractError(f"two resources answer to {operation.name}")
        item[operation.method] = writer.operation(operation)
        if operation.owned:
            owned.append((operation.path, operation.method))
    schemas, paths = components.finish(paths)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": _info(api),
        "servers": [{"url": "/", "description": "The server that serves this document."}],
        "tags": [tag for tag in Swagger(api).extract_tags(api) if tag["name"] != "default"],
        "paths": paths,
        "components": _components(api, schemas),
    }
    Examples(document).fill()
    lint(document, owned)
    check_links(document)
    check_ends(document, listed)
    return document


def render(document: Mapping[str, Any]) -> bytes:
    """Return the one serialisation of the document: what is committed, exported and served, byte for byte."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _info(api: Host) -> dict[str, Any]:
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


def _components(api: Host, schemas: dict[str, Schema]) -> dict[str, Any]:
    components: dict[str, Any] = {"schemas": schemas}
    if api.common_headers:
        components["headers"] = {name: dict(header) for name, header in api.common_headers.items()}
    used = {name: scheme.openapi for name, scheme in api.security_schemes.items()}
    if used:
        components["securitySchemes"] = used
    return components


class _Writer:
    """Writes operations, collecting the models they use."""

    def __init__(self, api: Host, components: Components) -> None:
        self._components = components
        self._common = {name: {"$ref": f"#/components/headers/{name}"} for name in api.common_headers}

    def operation(self, operation: Operation) -> dict[str, Any]:
        written: dict[str, Any] = {
            "tags": [operation.namespace.name],
            "summary": operation.summary or operation.name,
            "operationId": operation.id,
            "security": [dict(requirement) for requirement in operation.security],
        }
        end = operation.declared.end
        description = end.described(operation.description) if end else operation.description
        if description:
            written["description"] = description
        if operation.deprecated:
            written |= end.keywords if end else {"deprecated": True}
        parameters = [
            *_path_parameters(operation),
            *(_not_filled_in(parameter) for parameter in operation.parameters.openapi()),
            *_condition_parameters(operation),
        ]
        if parameters:
            written["parameters"] = parameters
        body = self._request_body(operation)
        if body:
            written["requestBody"] = body
        written["responses"] = self._responses(operation)
        return {**written, **operation.extensions}

    def schema(self, model: Any, role: Role, place: str) -> Schema:
        """Return the schema of whatever RESTX takes for a model: a model, `[model]`, a field, or a plain schema."""
        match model:
            case [inner]:
                return {"type": "array", "items": self.schema(inner, role, place)}
            case ModelBase():
                return self._components.reference(model, role)
            case fields.Raw():
                return self._components.field(model, role, place)
            case type() if issubclass(model, fields.Raw):
                return self._components.field(model(), role, place)
            case dict() if any(isinstance(value, fields.Raw | type) for value in model.values()):
                return self._components.reference(model, role)
            case dict():
                return model
            case _:
                raise ContractError(f"{place}: {model!r} is not a model")

    def _request_body(self, operation: Operation) -> dict[str, Any] | None:
        if operation.body is None:
            form = operation.parameters.body()
            return (
                {"required": any(part["schema"].get("required") for part in form.values()), "content": form}
                if form
                else None
            )
        content: dict[str, Any] = {"schema": self.schema(operation.body, "input", operation.name)}
        if "request" in operation.declared.examples:
            content["example"] = operation.declared.examples["request"]
        body: dict[str, Any] = {"required": True, "content": {JSON: content}}
        return {"description": operation.body_description, **body} if operation.body_description else body

    def _responses(self, operation: Operation) -> dict[str, Any]:
        responses = {
            code: self._success(operation, code, answer) for code, answer in operation.successes.items()
        }
        if operation.declared.conditional:
            headers = {**self._common_of(operation), "ETag": etag_header()}
            responses["304"] = {
                "description": "The version named in `If-None-Match` is still current.",
                "headers": headers,
            }
        by_status: dict[str, list[type[Problem]]] = {}
        for problem in operation.problems:
            by_status.setdefault(str(problem.status), []).append(problem)
        for code in {**by_status, **operation.failures}:
            responses[code] = self._failure(operation, code, by_status.get(code, []))
        ordered = dict(sorted(responses.items()))
        if not operation.owned:
            ordered["default"] = self._anything_else(operation)
        return ordered

    def _success(self, operation: Operation, code: str, answer: Answer) -> dict[str, Any]:
        phrase = HTTPStatus(int(code)).phrase
        response: dict[str, Any] = {"description": answer.description or phrase}
        headers = {**self._common_of(operation), **declared_headers(operation, answer)}
        if code == "201" and operation.owned:
            headers["Location"] = location("Where the created thing is.")
        if code.startswith("3"):
            headers["Location"] = location("Where it is now.")
        elif operation.declared.conditional:
            headers["ETag"] = etag_header()
        if operation.declared.rate_limit:
            headers.update(RATE_LIMIT_HEADERS)
        if headers:
            response["headers"] = headers
        content = self._success_content(operation, code, answer)
        if content:
            response["content"] = content
        if operation.declared.links and code.startswith("2"):
            response["links"] = write_links(operation.declared.links)
        return response

    def _success_content(self, operation: Operation, code: str, answer: Answer) -> dict[str, Any] | None:
        if operation.declared.media_types:
            return {kind: {"schema": _content_schema(kind)} for kind in operation.declared.media_types}
        if (
            code in {"204", "205", "304"}
            or (answer.model is None and operation.owned)
            or code.startswith("3")
        ):
            return None
        schema = {} if answer.model is None else self.schema(answer.model, "output", operation.name)
        if answer.options.get("skip_none"):
            schema = self._sparse(answer.model)
        envelope = answer.options.get("envelope")
        if envelope:
            schema = {"type": "object", "properties": {envelope: schema}, "required": [envelope]}
        content = {"schema": schema}
        if "answer" in operation.declared.examples:
            content["example"] = operation.declared.examples["answer"]
        return {JSON: content}

    def _sparse(self, model: Any) -> Schema:
        """Describe what `skip_none` leaves: any key may be absent but those that always have a value."""
        if isinstance(model, list):
            return {"type": "array", "items": self._sparse(model[0])}
        return self._components.sparse(model)

    def _failure(self, operation: Operation, code: str, found: list[type[Problem]]) -> dict[str, Any]:
        answer = operation.failures.get(code)
        text = (answer.description if answer else None) or " ".join(
            dict.fromkeys(cls.description for cls in found)
        )
        response: dict[str, Any] = {"description": text or HTTPStatus(int(code)).phrase}
        headers = {**self._common_of(operation), **problem_headers(int(code))}
        if operation.declared.rate_limit:
            headers.update(RATE_LIMIT_HEADERS)
        if headers:
            response["headers"] = headers
        content: dict[str, Any] = {PROBLEM_JSON: {"schema": self._problem_schema(found)}}
        if answer is not None and answer.model is not None:
            content[JSON] = {"schema": self.schema(answer.model, "output", operation.name)}
        response["content"] = content
        return response

    def _problem_schema(self, found: list[type[Problem]]) -> Schema:
        """Return one component per code; several are told apart by `code`."""
        if not found:
            return self._problem("Problem", general_problem())
        references = [self._problem(problem_name(cls), problem_schema(cls)) for cls in found]
        if len(references) == 1:
            return references[0]
        mapping = {cls.code: reference["$ref"] for cls, reference in zip(found, references, strict=True)}
        return {"oneOf": references, "discriminator": {"propertyName": "code", "mapping": mapping}}

    def _problem(self, name: str, schema: Schema) -> Schema:
        if "errors" in schema["properties"]:
            self._components.add("InputError", input_error_schema())
        return self._components.add(name, schema)

    def _anything_else(self, operation: Operation) -> dict[str, Any]:
        """Describe what a stock namespace may answer beyond what it declares: RESTX does not ask it to say."""
        problem = self._problem("Problem", general_problem())
        content = {JSON: {"schema": {}}, PROBLEM_JSON: {"schema": problem}}
        response: dict[str, Any] = {
            "description": "Any other answer; errors are problem documents.",
            "content": content,
        }
        headers = self._common_of(operation)
        return {**response, "headers": headers} if headers else response

    def _common_of(self, operation: Operation) -> dict[str, Any]:
        """Return the headers that every answer of an operation has."""
        return {**self._common, **end_headers(operation)}


def _content_schema(media_type: str) -> Schema:
    """Return the schema of what is not JSON: text, or (OpenAPI 3.1, 4.8.14.2) nothing at all for bytes."""
    return {"type": "string"} if media_type.startswith("text/") else {}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    written = []
    for parameter in operation.path_parameters:
        entry: dict[str, Any] = {
            "name": parameter.name,
            "in": "path",
            "required": True,
            "schema": dict(parameter.schema),
        }
        if parameter.description:
            entry["description"] = parameter.description
        if parameter.example is not None:
            entry["example"] = parameter.example
        written.append(entry)
    return written


def _not_filled_in(parameter: dict[str, Any]) -> dict[str, Any]:
    """Move the example of a filter to its schema: forms fill in a parameter's own, and would find next to nothing."""
    if parameter["required"] or "example" not in parameter:
        return parameter
    moved = {name: value for name, value in parameter.items() if name != "example"}
    return {**moved, "schema": {**parameter["schema"], "examples": [parameter["example"]]}}


def _condition_parameters(operation: Operation) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    if operation.declared.conditional:
        written.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "Entity tags the client has; 304 if one is current.",
                "schema": {"type": "string", "maxLength": MAX_CONDITION_LENGTH},
            }
        )
    if operation.declared.if_match:
        required = operation.declared.if_match == "required"
        written.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": "The entity tag of the version to change, or `*` for any; 412 if it is not current.",
                **({"required": True} if required else {}),
                "schema": {"type": "string", "pattern": ENTITY_TAGS, "maxLength": MAX_CONDITION_LENGTH},
                "example": "*",
            }
        )
    return written
