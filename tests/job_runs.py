"""Runs the jobs that a request has added, as a worker would."""

from __future__ import annotations

from flask import Flask

from service.core.jobs.runner import run_attempt
from service.extensions import db
from tests.job_queue import JobQueue

MAX_RUNS = 100


def run_next(app: Flask, jobs: JobQueue) -> bool:
    """Run one attempt of the next job that is due; return False if there is none."""
    claimed = jobs.claim()
    if claimed is None:
        return False
    db.session.remove()
    run_attempt(app, claimed)
    return True


def run_all(app: Flask, jobs: JobQueue) -> int:
    """Run what is due until nothing is, and return how many attempts it took; a job that never ends fails the test."""
    for runs in range(MAX_RUNS):
        if not run_next(app, jobs):
            return runs
    raise AssertionError(f"still not done after {MAX_RUNS} attempts")
