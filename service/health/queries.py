"""Readiness check of the database."""

from __future__ import annotations

from sqlalchemy import text

from service.core.database import read_connection


def ping_database() -> None:
    """Run `SELECT 1`. Errors of the driver are raised unchanged: the error handlers map them to 503."""
    read_connection().execute(text("SELECT 1"))
