"""Collects the operations of an `Api` from its namespaces; input of the OpenAPI document and the pipeline.

Walks `api.namespaces` and reads RESTX's `__apidoc__` and our `__contract__` into one `Operation` per method and path.
The document and the pipeline are both made from these, so they cannot disagree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask_restx import Namespace as StockNamespace
from flask_restx import reqparse
from flask_restx.model import ModelBase
from flask_restx.swagger import PY_TYPES, Swagger, parse_docstring

from . import problems
from .api_protocol import ApiProtocol
from .decorators import OperationMetadata, Security, merge_documentation, operation_metadata, scheme_names
from .deprecated_properties import DeprecatedProperties
from .deprecation import Deprecation
from .errors import ContractError, Refusals
from .idempotency import CREATING
from .idempotency import PROBLEMS as IDEMPOTENCY_PROBLEMS
from .marshalling import MarshalSpec, unwrap_stock
from .parsing.parameters import Parameters, compile_parameters
from .paths import PathParameter, document_path, path_parameters
from .problems import Problem


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """A declared response: its description, its model (a model, `[model]`, a field or None) and RESTX's options."""

    description: str | None
    model: Any
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one resource at one path, with all that is declared about it.

    `strict` tells our own namespaces from stock ones: only the former are held to the strict rules (a policy, a
    summary, bounds, one success). `function` is the method without RESTX's marshalling wrapper; `stock_marshal` says
    what that wrapper would have done. `body` is the declared JSON model, `[model]`, a schema made from a stock parser,
    or None.
    """

    id: str
    method: str
    path: str
    namespace: StockNamespace
    resource: type[Any]
    function: Callable[..., Any]
    stock_marshal: MarshalSpec | None
    strict: bool
    summary: str | None
    description: str | None
    deprecated: bool
    extensions: Mapping[str, Any]
    security: Security
    declared: OperationMetadata
    path_parameters: tuple[PathParameter, ...]
    parameters: Parameters
    body: Any
    body_description: str | None
    deprecated_properties: DeprecatedProperties
    success_responses: Mapping[str, DeclaredResponse]
    error_responses: Mapping[str, DeclaredResponse]
    problems: tuple[type[Problem], ...]
    headers: Mapping[str, Mapping[str, Any]]
    takes_idempotency_key: bool = False

    @property
    def name(self) -> str:
        """Return the name of the operation in messages for developers: `GET /api/posts`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def input_deprecations(self) -> list[Deprecation]:
        """Return the deprecations of parameters and properties of a request."""
        return [*self.parameters.deprecations, *self.deprecated_properties.deprecations]


def collect_operations(api: ApiProtocol, refusals: Refusals) -> list[Operation]:
    """Return every operation of `api` in the order of its namespaces, resources and paths.

    Invalid declarations are left out and added to `refusals`.
    """
    operations = [
        operation
        for namespace in api.namespaces
        for route in namespace.resources
        for url in api.ns_urls(namespace, route.urls)
        for operation in _resource_operations(api, namespace, route, url, refusals)
    ]
    return _with_unique_ids(operations, refusals)


def source_of(function: Callable[..., Any]) -> str:
    """Return where `function` is written, as a compiler would say it: `books/routes.py:17`."""
    code = inspect.unwrap(function).__code__
    path = Path(code.co_filename)
    return (
        f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}:{code.co_firstlineno}"
    )


def _resource_operations(
    api: ApiProtocol, namespace: StockNamespace, route: Any, url: str, refusals: Refusals
) -> Iterator[Operation]:
    resource_doc = merge_documentation(
        getattr(route.resource, "__apidoc__", None) or {}, route.route_doc or {}
    )
    hidden = route.route_doc is False or getattr(route.resource, "__apidoc__", {}) is False
    allowed = {method.lower() for method in route.kwargs.get("methods") or route.resource.methods or ()}
    order = ("get", "post", "put", "patch", "delete", "head", "options")
    for method in sorted(allowed, key=order.index):
        function = getattr(route.resource, method)
        method_doc = _method_doc(resource_doc, function, method)
        with refusals.collect(source_of(function)):
            if not hidden and method_doc is not False:
                yield _operation(api, namespace, route, url, method, resource_doc, method_doc)
            elif _owned(namespace):
                raise ContractError(
                    f"{method.upper()} {url} is hidden from the document; every route must be documented"
                )


def _owned(namespace: StockNamespace) -> bool:
    return bool(getattr(namespace, "is_contract", False))


def _method_doc(resource_doc: Mapping[str, Any], function: Any, method: str) -> Any:
    own = getattr(function, "__apidoc__", {})
    from_resource = resource_doc.get(method, {})
    return (
        False
        if own is False or from_resource is False
        else merge_documentation(dict(from_resource), dict(own))
    )


def _operation(
    api: ApiProtocol,
    namespace: StockNamespace,
    route: Any,
    url: str,
    method: str,
    resource_doc: Mapping[str, Any],
    doc: Mapping[str, Any],
) -> Operation:
    function, stock_marshal = unwrap_stock(getattr(route.resource, method))
    declared = operation_metadata(getattr(route.resource, method))
    strict = _owned(namespace)
    place = f"{method.upper()} {url}"
    rule = api.full_path(url)
    text = parse_docstring(function)
    documented = merge_documentation(dict(resource_doc.get("params", {})), dict(doc.get("params", {})))
    in_path = path_parameters(rule, documented)
    models, parsers = _expectations(resource_doc, doc, place)
    loose = _parser_from_documented_params(
        {name: note for name, note in documented.items() if name not in {p.name for p in in_path}}, place
    )
    parameters = compile_parameters([*parsers, *loose], method=method, strict=strict, has_body=bool(models))
    body, body_description = _body(models, parameters, place)
    responses = _declared_responses(resource_doc, doc)
    security = _security(api, namespace, resource_doc, doc, declared, strict, place)
    success_responses = {code: response for code, response in responses.items() if code < "400"}
    operation = Operation(
        id=doc.get("id") or f"{method}{_camel(route.resource.__name__)}",
        method=method,
        path=document_path(rule),
        namespace=namespace,
        resource=route.resource,
        function=function,
        stock_marshal=stock_marshal,
        strict=strict,
        summary=text["summary"],
        description=_description(resource_doc, doc, text),
        deprecated=bool(resource_doc.get("deprecated") or doc.get("deprecated") or declared.deprecation),
        extensions={
            name if name.startswith("x-") else f"x-{name}": v for name, v in doc.get("vendor", {}).items()
        },
        security=security,
        declared=declared,
        path_parameters=in_path,
        parameters=parameters,
        body=body,
        body_description=body_description,
        deprecated_properties=DeprecatedProperties(body),
        success_responses=success_responses or {"200": DeclaredResponse("Success", None)},
        error_responses={code: response for code, response in responses.items() if code >= "400"},
        problems=(),
        headers={**resource_doc.get("headers", {}), **doc.get("headers", {})},
    )
    if not declared.body_required and (body is None or any(field.required for field in body.values())):
        raise ContractError(f"{place}: a body is optional only if there is one, and all its fields are")
    if declared.body_limit_bytes is not None and body is None and parameters.body() is None:
        raise ContractError(f"{place} limits a body that it does not have")
    if strict and not success_responses:
        raise ContractError(f"{place} declares no successful response")
    return _with_problems(api, operation)


def _takes_idempotency_key(api: ApiProtocol, operation: Operation) -> bool:
    """Tell whether the operation creates something, or declares the header; never if the Api keeps no responses."""
    if api.idempotency is None or not operation.strict or not operation.declared.uses_sql:
        return False
    creates = operation.method == "post" and not CREATING.isdisjoint(operation.success_responses)
    return creates or operation.declared.idempotency_key


def _expectations(
    resource_doc: Mapping[str, Any], doc: Mapping[str, Any], place: str
) -> tuple[list[tuple[Any, str | None]], list[reqparse.RequestParser]]:
    """Return what is expected: the models of the method, or else of its class, and the parsers of both."""
    of_class, shared_parsers = _models_and_parsers(resource_doc.get("expect", ()), place)
    models, parsers = _models_and_parsers(doc.get("expect", ()), place)
    return models or of_class, [*shared_parsers, *parsers]


def _models_and_parsers(
    expected: Iterable[Any], place: str
) -> tuple[list[tuple[Any, str | None]], list[reqparse.RequestParser]]:
    models: list[tuple[Any, str | None]] = []
    parsers: list[reqparse.RequestParser] = []
    for entry in expected:
        match entry:
            case reqparse.RequestParser():
                parsers.append(entry)
            case (model, str() as description):
                models.append((model, description))
            case ModelBase() | str() | [_]:
                models.append((entry, None))
            case _:
                raise ContractError(f"{place} expects {entry!r}, which is neither a model nor a parser")
    return models, parsers


def _body(models: list[tuple[Any, str | None]], parameters: Parameters, place: str) -> tuple[Any, str | None]:
    from_parser = parameters.json_body()
    candidates = [*models, *([(from_parser, None)] if from_parser else [])]
    if len(candidates) > 1:
        raise ContractError(f"{place} expects {len(candidates)} bodies; a request has one")
    return candidates[0] if candidates else (None, None)


def _parser_from_documented_params(documented: Mapping[str, Any], place: str) -> list[reqparse.RequestParser]:
    """Turn parameters that are only documented (`ns.param("q", "...")`) into a parser, so that they are enforced."""
    parser = reqparse.RequestParser()
    locations = {"query": "args", "header": "headers", "cookie": "cookies", "formData": "form"}
    for name, note in documented.items():
        where = note.get("in", "query")
        if where not in locations:
            raise ContractError(f"{place} documents the parameter {name!r} in {where!r}, where it has none")
        python_type = {swagger: python for python, swagger in PY_TYPES.items()}.get(
            note.get("type"), note.get("type")
        )
        parser.add_argument(
            name,
            type=python_type if callable(python_type) else str,
            location=locations[where],
            required=bool(note.get("required")),
            default=note.get("default"),
            choices=tuple(note.get("enum", ())),
            help=note.get("description"),
        )
    return [parser] if parser.args else []


def _declared_responses(
    resource_doc: Mapping[str, Any], doc: Mapping[str, Any]
) -> dict[str, DeclaredResponse]:
    responses: dict[str, DeclaredResponse] = {}
    for source in (resource_doc, doc):
        for code, response in source.get("responses", {}).items():
            parts = (response,) if isinstance(response, str) else tuple(response)
            description, model, options = (*parts, None, {})[:3] if len(parts) < 3 else parts
            responses[str(int(code))] = DeclaredResponse(description, model, options or {})
        if "model" in source:
            responses[str(int(source.get("default_code", 200)))] = DeclaredResponse(None, source["model"])
    return responses


def _security(
    api: ApiProtocol,
    namespace: StockNamespace,
    resource_doc: Mapping[str, Any],
    doc: Mapping[str, Any],
    declared: OperationMetadata,
    strict: bool,
    place: str,
) -> Security:
    """Return the requirements: the declared policy, or by RESTX's rule those of the method, the resource or the Api."""
    if declared.security is not None:
        security = declared.security
    elif strict:
        raise ContractError(
            f"{place} declares no authentication policy: add @public, @optional_auth or @authenticated(...)"
        )
    else:
        given = doc.get(
            "security", resource_doc.get("security", getattr(namespace, "security", None) or api.security)
        )
        security = tuple(Swagger(api).security_requirements(given) or ())
    unknown = [name for name in scheme_names(security) if name not in api.security_schemes]
    if unknown:
        raise ContractError(
            f"{place} requires the security schemes {unknown}, which the Api does not declare"
        )
    for name, scopes in (pair for requirement in security for pair in requirement.items()):
        declared_scopes = api.security_schemes[name].scopes
        if strict and (undeclared := [scope for scope in scopes if scope not in declared_scopes]):
            raise ContractError(f"{place} requires the scopes {undeclared}, which {name} does not declare")
    return security


def _with_problems(api: ApiProtocol, operation: Operation) -> Operation:
    """Attach the errors that follow from the other declarations, before those of `raises`."""
    takes_key, declared = _takes_idempotency_key(api, operation), operation.declared
    is_json, is_form = operation.body is not None, operation.parameters.body() is not None
    has_input = is_json or is_form or bool(operation.parameters.openapi())
    has_files = operation.parameters.has_files
    rules: tuple[tuple[bool, tuple[type[Problem], ...]], ...] = (
        # Strict operations reject unknown query parameters, so even one without parameters can be 400.
        (operation.strict or has_input, (problems.InvalidInput,)),
        # Whoever declares no errors may `abort(400)`, which has a code of its own.
        (not operation.strict and has_input, (problems.BadRequest,)),
        (is_json, (problems.MalformedJson,)),
        (is_json or is_form, (problems.ContentTooLarge, problems.UnsupportedMediaType)),
        (has_files, (problems.RequestTimeout, *api.file_receiver.problems)),
        (bool(declared.permissions), (problems.Forbidden,)),
        (bool(operation.path_parameters), (problems.NotFound,)),
        (declared.if_match is not None, (problems.PreconditionFailed,)),
        (declared.if_match == "required", (problems.PreconditionRequired,)),
        (declared.rate_limit is not None, (problems.TooManyRequests,)),
        (takes_key, IDEMPOTENCY_PROBLEMS),
        (declared.uses_sql, (problems.InternalServerError,)),
        (declared.uses_sql and operation.strict, (problems.ServiceUnavailable,)),
    )
    problem_list = [problem for applies, several in rules if applies for problem in several]
    optional, schemes = {} in operation.security, scheme_names(operation.security)
    for scheme in (api.security_schemes[name] for name in schemes):
        problem_list += [
            problem for problem in scheme.problems if not (optional and problem is scheme.if_missing)
        ]
        problem_list += scheme.if_alone if len(schemes) == 1 else ()
        problem_list += () if declared.unrestricted else scheme.restrictions
    unique = dict.fromkeys([*problem_list, *declared.problems])
    in_order = tuple(sorted(unique, key=lambda cls: (cls.status, cls.code)))
    return replace(operation, problems=in_order, takes_idempotency_key=takes_key)


def _with_unique_ids(operations: list[Operation], refusals: Refusals) -> list[Operation]:
    seen: dict[str, Operation] = {}
    unique: list[Operation] = []
    for operation in operations:
        name = operation.id
        with refusals.collect(source_of(operation.function)):
            if name in seen and (operation.strict or seen[name].strict):
                raise ContractError(
                    f"{operation.name} and {seen[name].name} have the same operationId {name!r}"
                )
        number = 2
        while name in seen:
            name, number = f"{operation.id}{number}", number + 1
        unique.append(replace(operation, id=name))
        seen[name] = operation
    return unique


def _description(
    resource_doc: Mapping[str, Any], doc: Mapping[str, Any], text: Mapping[str, Any]
) -> str | None:
    parts = [resource_doc.get("description"), doc.get("description"), text["details"]]
    joined = "\n\n".join(inspect.cleandoc(part) for part in parts if part)
    return joined or None


def _camel(name: str) -> str:
    return name[:1].upper() + name[1:]
