"""Faults that a request asks for: `X-Fault: bug` or `X-Fault: database` breaks the first SQL statement that it needs.

`late bug` and `late database` break the second one: with the first, the caller is known.

`tests.conformance.fault_injection:app` is the service with these faults, for a real server.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request

from service.extensions import db

SECRET = "dbname=secret password=hunter2"


def install_fault_injection(app: Flask) -> Flask:
    """Make the faults available in `app`."""
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", _break)
    return app


def _break(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
    fault = request.headers.get("X-Fault", "") if has_request_context() else ""
    if fault.startswith("late ") and not g.get("fault_is_due"):
        g.fault_is_due = True
        return
    fault = fault.removeprefix("late ")
    if fault == "bug":
        raise ZeroDivisionError(SECRET)
    if fault == "database":
        raise sa.exc.OperationalError(statement, parameters, ConnectionError(SECRET))


def __getattr__(name: str) -> Flask:
    if name != "app":
        raise AttributeError(name)
    from wsgi import app  # only a server needs it: it reads the environment

    return install_fault_injection(app)
