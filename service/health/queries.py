"""Readiness: the check of the database, and of what is degraded."""

from __future__ import annotations

from sqlalchemy import text

from service.config import settings
from service.core.database import read_connection
from service.core.degradation import CachedDegradation, add_degradation_check
from service.core.jobs.queue import longest_wait_s


def ping_database() -> None:
    """Run `SELECT 1`. Errors of the driver are raised unchanged: the error handlers map them to 503."""
    read_connection().execute(text("SELECT 1"))


def jobs_are_late() -> bool:
    """Tell whether a job that is due has been waiting for longer than `JOB_LATE_AFTER_S`. One statement."""
    return longest_wait_s(read_connection()) > settings().job_late_after_s


add_degradation_check("jobs", jobs_are_late)
degradation = CachedDegradation()
