"""Deprecation, Sunset and Link response headers, and reports about clients that use deprecated features.

Every response of a deprecated operation has them, whatever produced it: the method, the checks before it, a hook of the
application, the router (a path whose variable fits no rule). For a deprecated argument or property, every response to
a request that used it has them, once the request was parsed; a property that a response contains does not count as
used. A report, by default a line in the log, accompanies each such response.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Response, g, request

from .deprecation import OPERATION, DeprecatedFeature, deprecation_header_values, deprecation_link_values
from .operations import Operation
from .validated_request import ValidatedRequest, current_identity

MAX_USER_AGENT_LENGTH = 200
VARIABLE = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class DeprecatedUse:
    """One request that used something deprecated, with the status of its response.

    `used` names what: `operation`, `query word`, `body author.name`. `identity` is what the credential's verifier
    returned, `client` is the remote address.
    """

    operation: str
    used: tuple[str, ...]
    sunset: date | None
    status: int
    identity: Any
    client: str | None
    user_agent: str


DeprecationReporter = Callable[[DeprecatedUse], None]


def log_deprecated_use(use: DeprecatedUse) -> None:
    """Write a line to the log of the standard library: the default of applications without a reporter of their own."""
    logging.getLogger(__name__).warning(
        "deprecated: %s used %s, to go on %s, by %r at %s with %r",
        *(use.operation, ", ".join(use.used), use.sunset, use.identity, use.client, use.user_agent),
    )


class DeprecationNotifier:
    """Adds deprecation headers to responses, and reports the use of deprecated features."""

    def __init__(self, operations: Iterable[Operation], report: DeprecationReporter) -> None:
        listed = list(operations)
        self.is_needed = any(
            operation.declared.deprecation or operation.input_deprecations for operation in listed
        )
        self._report = report
        self._by_id = {operation.id: operation for operation in listed}
        # As in routing, fixed path segments are matched before variables.
        self._routes = [
            (_route(operation.path), operation)
            for operation in sorted(listed, key=lambda operation: operation.path.count("{"))
        ]

    def add_headers(self, response: Response) -> Response:
        """Add the headers to the response to the current request, and report the use."""
        validated: ValidatedRequest | None = g.get("contract_call")
        operation = self._by_id.get(validated.operation_id) if validated else self._match_operation()
        if operation is None:
            return response
        own = operation.declared.deprecation
        used = validated.used if validated else [DeprecatedFeature(OPERATION, own)] if own else []
        if used:
            deprecations = [each.deprecation for each in used]
            response.headers.update(deprecation_header_values(deprecations))
            links = [
                *response.headers.getlist("Link"),
                *self._successor(operation),
                *deprecation_link_values(deprecations),
            ]
            if links:
                response.headers["Link"] = ", ".join(links)
            self._report(_deprecated_use(operation, used, response.status_code))
        return response

    def _match_operation(self) -> Operation | None:
        """Return the operation that matches the request, for requests that were rejected before they reached it."""
        method = "get" if request.method == "HEAD" else request.method.lower()
        # WSGI decodes `%2F`, so that a variable containing it matches only in the raw path.
        paths = [request.path, str(request.environ.get("RAW_URI", "")).partition("?")[0]]
        return next(
            (
                operation
                for path in paths
                for route, operation in self._routes
                if operation.method == method and route.fullmatch(path)
            ),
            None,
        )

    def _successor(self, operation: Operation) -> list[str]:
        """Return the link to the successor of the operation, if the request has all variables of its path."""
        deprecation = operation.declared.deprecation
        if deprecation is None or deprecation.successor is None:
            return []
        variables: Mapping[str, Any] = request.view_args or {}
        path = self._by_id[deprecation.successor].path
        if not set(VARIABLE.findall(path)) <= variables.keys():
            return []
        filled = VARIABLE.sub(lambda variable: quote(str(variables[variable[1]]), safe=""), path)
        return [f'<{request.root_path}{filled}>; rel="successor-version"']


def _route(path: str) -> re.Pattern[str]:
    """Return a pattern that matches the path template with any variables, with or without a trailing slash."""
    fixed = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(map(re.escape, fixed)) + "/?")


def _deprecated_use(operation: Operation, used: Sequence[DeprecatedFeature], status: int) -> DeprecatedUse:
    return DeprecatedUse(
        operation=operation.id,
        used=tuple(dict.fromkeys(each.name for each in used)),
        sunset=min((each.deprecation.sunset for each in used if each.deprecation.sunset), default=None),
        status=status,
        identity=current_identity(),
        client=request.remote_addr,
        user_agent=request.user_agent.string[:MAX_USER_AGENT_LENGTH],
    )
