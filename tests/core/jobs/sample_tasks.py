"""Tasks for tests. Each effect is a row of `effects`, a table that `create_effects` makes: a doubled one is seen."""

from __future__ import annotations

import os
import signal
import threading

from sqlalchemy import Engine, text

from service.core.jobs.running import current_job
from service.core.jobs.tasks import AttemptFailed, PermanentFailure, task
from service.extensions import db

NUMBER = {"number": {"type": "integer", "minimum": 0}}


def create_effects(engine: Engine) -> None:
    """Create the table of effects, or empty it."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS effects (number INTEGER NOT NULL)"))
        connection.execute(text("DELETE FROM effects"))


def effects(engine: Engine) -> list[int]:
    """Return the numbers of all effects that are committed, in order."""
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT number FROM effects ORDER BY number")))


def _add_effect(number: int) -> None:
    db.session.execute(text("INSERT INTO effects VALUES (:number)"), {"number": number})


@task("tests.add", payload=NUMBER)
def add(number: int) -> None:
    _add_effect(number)


@task("tests.add_and_forget", payload=NUMBER, kept=False)
def add_and_forget(number: int) -> None:
    _add_effect(number)


@task("tests.add_first", payload=NUMBER, priority=1)
def add_first(number: int) -> None:
    _add_effect(number)


@task("tests.add_then_raise", payload=NUMBER, attempts=2)
def add_then_raise(number: int) -> None:
    _add_effect(number)
    raise RuntimeError(f"not {number}")


@task("tests.fail_in_words", payload=NUMBER)
def fail_in_words(number: int) -> None:
    _add_effect(number)
    raise AttemptFailed(f"The server is busy with {number}.")


@task("tests.fail_for_good", payload=NUMBER)
def fail_for_good(number: int) -> None:
    _add_effect(number)
    raise PermanentFailure(f"There is no {number}.")


@task("tests.kill_process", payload=NUMBER, attempts=2)
def kill_process(number: int) -> None:
    _add_effect(number)
    os.kill(os.getpid(), signal.SIGKILL)


@task("tests.never_end", payload=NUMBER, attempts=1, time_limit_s=0.5)
def never_end(number: int) -> None:
    _add_effect(number)
    threading.Event().wait()


@task("tests.never_end_for_a_minute", payload=NUMBER, attempts=1, time_limit_s=60)
def never_end_for_a_minute(number: int) -> None:
    _add_effect(number)
    threading.Event().wait()


@task("tests.add_in_two_runs", payload=NUMBER)
def add_in_two_runs(number: int) -> bool:
    """Add an effect; say after the first one that there is more to do."""
    has_none = db.session.scalar(text("SELECT count(*) FROM effects")) == 0
    _add_effect(number)
    return has_none


@task("tests.count_runs", result={"runs": {"type": "integer"}})
def count_runs() -> bool:
    """Run three times; each leaves a number for the next."""
    result = current_job().result
    result["runs"] = result.get("runs", 0) + 1
    current_job().report_progress(result["runs"], 3, f"Run {result['runs']}")
    return bool(result["runs"] < 3)


@task("tests.leave_nothing", result={"runs": {"type": "integer"}})
def leave_nothing() -> None:
    """Do not leave the result that is declared."""


@task("tests.report_then_raise", payload=NUMBER, attempts=1)
def report_then_raise(number: int) -> None:
    _add_effect(number)
    current_job().report_progress(number, message="on the way")
    raise RuntimeError("stopped")


@task("tests.add_few_at_a_time", payload=NUMBER, concurrency=2)
def add_few_at_a_time(number: int) -> None:
    _add_effect(number)


@task("tests.do_periodically", every_s=3_600)
def do_periodically() -> None:
    """Do nothing: every worker of these tests runs it."""


@task("tests.fail_periodically", every_s=3_600, attempts=1)
def fail_periodically() -> None:
    raise RuntimeError("never")
