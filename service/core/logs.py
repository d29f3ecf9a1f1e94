"""Structured logging with one line per request; headers, bodies and query values are never logged.

They can contain passwords and tokens. The exception is the User-Agent of clients that use deprecated features: they
have to be found before the feature is removed.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from flask import Flask, Request, Response, current_app, g, request
from structlog.typing import Processor

from service.config import Settings
from service.contract import DeprecatedUse, Problem, current_identity
from service.core.request_ids import request_id, request_id_or_none

_LONGEST_PATH = 500  # characters; gunicorn accepts 8190 bytes


def init_logs(app: Flask, settings: Settings) -> None:
    """Log one line for each request of `app`, and each unhandled exception once.

    Call it before other after-request functions are registered: Flask runs them in reverse order, and the line has the
    final status.
    """
    configure_logs(settings)
    # Bound once: structlog would otherwise assemble the logger for each line.
    app.extensions["request_log"] = structlog.get_logger().bind()
    app.before_request(_start_timer)
    app.after_request(_log_request)


def configure_logs(settings: Settings) -> None:
    """Send log lines of structlog and of the standard library to standard error, in one format."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        structlog.processors.format_exc_info,
    ]
    renderer = _json_renderer() if settings.log_format == "json" else _console_renderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=_StderrHandler,
        # Loggers that were used before `create_app` must follow this configuration, too.
        cache_logger_on_first_use=False,
    )
    _replace_handler(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        ),
        settings.log_level,
    )


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to the current `sys.stderr`, which tests replace."""

    def __init__(self, *_name: object) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: Any) -> None:
        raise AttributeError("this handler always writes to standard error")

    def msg(self, line: str) -> None:
        """Write a whole line with one call, so that lines of several processes do not mix."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def _replace_handler(formatter: logging.Formatter, level: str) -> None:
    """Replace the root logger's handler of an earlier application."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _StderrHandler)]:
        root.removeHandler(handler)
    handler = _StderrHandler()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(level)


def _start_timer() -> None:
    g.started_s = time.perf_counter()


def _log_request(response: Response) -> Response:
    # The object behind Flask's proxy: each use of the proxy costs as much as a field of the line.
    current_request: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    status = response.status_code
    problem: Problem | None = g.get("problem")
    is_fault = status >= 500 and (problem is None or problem.is_fault)
    identity = current_identity()
    now_s = time.perf_counter()
    current_app.extensions["request_log"].log(
        logging.ERROR if is_fault else logging.INFO,
        "request",
        method=current_request.method,
        path=current_request.path[:_LONGEST_PATH],
        query=sorted(current_request.args)[:20] if current_request.query_string else [],
        endpoint=current_request.endpoint,
        status=status,
        **({} if problem is None else {"code": problem.code}),
        duration_ms=round((now_s - g.get("started_s", now_s)) * 1000, 2),
        user_id=getattr(identity, "id", None),
        **({} if getattr(identity, "scopes", None) is None else {"api_key_id": identity.token_id}),
        client=current_request.remote_addr,
        request_id=request_id(),
    )
    return response


def log_deprecated_use(use: DeprecatedUse) -> None:
    """Log a request that used a deprecated feature, with the client that has to be changed."""
    structlog.get_logger().warning(
        "deprecated",
        operation=use.operation,
        used=list(use.used),
        sunset=use.sunset.isoformat() if use.sunset else None,
        status=use.status,
        user_id=getattr(use.identity, "id", None),
        client=use.client,
        user_agent=use.user_agent,
    )


def _add_request_id(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the request id to every line that is logged during a request."""
    if "request_id" not in line and (current_id := request_id_or_none()) is not None:
        line["request_id"] = current_id
    return line


def _json_renderer() -> Processor:
    return structlog.processors.JSONRenderer(
        serializer=lambda line, **_: orjson.dumps(line, default=repr).decode()
    )


def _console_renderer() -> Processor:
    # The plain formatter: the pretty one prints local variables, which can be passwords.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
