"""Background jobs over the API, which administrators alone may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from requests.utils import parse_header_links

from service.core.cursor_pagination import CursorRequest
from service.core.database import database_now, transaction
from service.core.jobs import queue
from service.core.jobs.queue import Progress
from service.core.jobs.runner import run_attempt
from service.extensions import db
from service.jobs import queries
from service.jobs.queries import ERROR_FOR_OWNERS
from service.models.jobs import JobState
from service.models.users import Role
from tests.accounts import auth_headers
from tests.core.jobs.sample_tasks import add, add_then_raise, count_runs, do_periodically
from tests.factories import create_user
from tests.job_queue import JobQueue

FOR_OWNERS = [("get", "/{id}"), ("get", "/{id}/events"), ("post", "/{id}/cancel")]
FOR_ADMINS = [("get", ""), ("post", "/{id}/retry")]


@pytest.fixture
def admin(app: Flask) -> dict[str, str]:
    return auth_headers(create_user(role=Role.ADMIN))


def fail(jobs: JobQueue, **options: object) -> str:
    """Return the id of a job that has failed for good."""
    job_id = jobs.enqueue(add_then_raise, number=1, **options)
    for _ in range(2):
        job = jobs.claim()
        with transaction():
            queue.fail_attempt(job, "RuntimeError: no")
        jobs.make_due(job_id)
    return str(job_id)


class TestWhoMay:
    @pytest.mark.parametrize(("method", "path"), FOR_ADMINS)
    @pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
    def test_some_only_for_admins(
        self, client: FlaskClient, jobs: JobQueue, method: str, path: str, role: Role
    ) -> None:
        owner = create_user(role=role)
        url = "/api/jobs" + path.format(id=jobs.enqueue(add, number=1, owner=owner.id))
        assert client.open(url, method=method, headers=auth_headers(owner)).status_code == 403

    @pytest.mark.parametrize(("method", "path"), FOR_OWNERS)
    def test_others_for_the_owner_too(
        self, client: FlaskClient, jobs: JobQueue, method: str, path: str
    ) -> None:
        owner, other = create_user(role=Role.READER), create_user(role=Role.EDITOR)
        job_id = jobs.enqueue(add_then_raise, number=1, owner=owner.id)
        url = "/api/jobs" + path.format(id=job_id)
        jobs.set(job_id, state="failed" if "events" in path else "waiting", finished_at=database_now())
        refused = client.open(url, method=method, headers=auth_headers(other))
        assert (refused.status_code, refused.json["code"]) == (404, "NOT_FOUND")
        assert client.open(url, method=method, headers=auth_headers(owner)).status_code == 200

    @pytest.mark.parametrize(("method", "path"), FOR_OWNERS)
    def test_a_job_of_the_service_is_for_admins(
        self, client: FlaskClient, jobs: JobQueue, method: str, path: str
    ) -> None:
        url = "/api/jobs" + path.format(id=jobs.enqueue(add, number=1))
        assert client.open(url, method=method, headers=auth_headers(create_user())).status_code == 404

    @pytest.mark.parametrize(("method", "path"), FOR_ADMINS + FOR_OWNERS)
    def test_nobody_without_a_token(
        self, client: FlaskClient, jobs: JobQueue, method: str, path: str
    ) -> None:
        url = "/api/jobs" + path.format(id=jobs.enqueue(add, number=1))
        assert client.open(url, method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), [*FOR_OWNERS, FOR_ADMINS[1]])
def test_unknown_job(client: FlaskClient, admin: dict[str, str], method: str, path: str) -> None:
    for job_id in (uuid4(), "nonsense"):
        url = "/api/jobs" + path.format(id=job_id)
        assert client.open(url, method=method, headers=admin).status_code == 404


class TestListJobs:
    def test_newest_first_in_pages(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        expected = [str(jobs.enqueue(add, number=number)) for number in range(3)][::-1]
        response = client.get("/api/jobs?per_page=2", headers=admin)
        assert [job["id"] for job in response.json] == expected[:2]
        assert response.headers["X-Total-Count"] == "3"

    @pytest.mark.parametrize(
        "change", ["asked for again", "begun", "succeeded", "failed", "tried", "cancelled", "retried"]
    )
    def test_what_changes_comes_first(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue, change: str
    ) -> None:
        changed = jobs.enqueue(add_then_raise, number=1, unique_key="one")
        claimed = jobs.claim() if change in {"succeeded", "failed", "tried"} else None
        if change == "retried":
            jobs.set(changed, state="failed", finished_at=database_now())
        jobs.set(changed, updated_at=database_now(-3600))
        other = jobs.enqueue(add, number=2, delay_s=60)
        assert self.listed(client, admin) == [str(other), str(changed)]
        match change:
            case "asked for again":
                jobs.enqueue(add_then_raise, number=1, unique_key="one")
            case "begun":
                jobs.claim()
            case "succeeded":
                with transaction():
                    queue.succeed(claimed)
            case "failed" | "tried":
                with transaction():
                    queue.fail_attempt(claimed, "RuntimeError: no", is_last=change == "failed")
            case "cancelled":
                assert client.post(f"/api/jobs/{changed}/cancel", headers=admin).status_code == 200
            case "retried":
                assert client.post(f"/api/jobs/{changed}/retry", headers=admin).status_code == 200
        assert self.listed(client, admin) == [str(changed), str(other)]

    def test_progress_and_heartbeats_change_no_place(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        running = jobs.enqueue(add, number=1)
        claimed = jobs.claim()
        jobs.set(running, updated_at=database_now(-3600))
        other = jobs.enqueue(add, number=2)
        with db.engine.begin() as connection:
            queue.write_progress(connection, claimed, Progress(1, 2))
            assert queue.extend_lease(connection, claimed)
        assert self.listed(client, admin) == [str(other), str(running)]

    def test_pages_after_a_cursor_miss_nothing_while_jobs_change(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        ids = [jobs.enqueue(add, number=number) for number in range(5)]
        for job_id in ids:
            jobs.set(job_id, updated_at=datetime(2026, 1, 1, tzinfo=UTC))  # then the ids decide
        first = client.get("/api/jobs?per_page=2", headers=admin)
        seen = [job["id"] for job in first.json]
        url = f"/api/jobs?per_page=2&after={first.json[-1]['cursor']}"
        for has_next in (True, False):
            jobs.set(ids[4], updated_at=database_now())
            response = client.get(url, headers=admin)
            assert "X-Total-Count" not in response.headers
            seen += [job["id"] for job in response.json]
            links = parse_header_links(response.headers["Link"])
            following = [link["url"] for link in links if link["rel"] == "next"]
            assert bool(following) is has_next
            url = "".join(following)
        assert seen == [str(job_id) for job_id in reversed(ids)]

    @pytest.mark.parametrize("state", [None, JobState.SUCCEEDED])
    @pytest.mark.parametrize("is_after", [False, True])
    def test_comes_from_an_index_in_its_order(
        self, app: Flask, state: JobState | None, is_after: bool
    ) -> None:
        words = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}

        def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> Any:
            return words[connection.dialect.name] + statement, parameters

        statement = queries.newest_jobs([*queries.JobFilters(state).conditions()])
        if is_after:
            statement = queries.jobs_after(statement, CursorRequest(datetime(2026, 1, 1, tzinfo=UTC), 1))
        with db.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # Of a handful of rows anything else is cheaper.
                for what in ("seqscan", "bitmapscan", "sort"):
                    connection.execute(sa.text(f"SET LOCAL enable_{what} = off"))
                if state is not None:
                    # And so is the other index, with a filter; it is back at the end of the transaction.
                    connection.execute(sa.text("DROP INDEX ix_jobs_updated_at"))
            sa.event.listen(connection, "before_cursor_execute", explain, retval=True)
            result = connection.execute(statement.limit(20))
            plan = "\n".join(str(row) for row in result.cursor.fetchall())
        assert ("ix_jobs_updated_at" if state is None else "ix_jobs_state") in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan
        assert not is_after or "(updated_at,id)<(" in plan or "(ROW(updated_at, id) < ROW(" in plan

    @staticmethod
    def listed(client: FlaskClient, headers: dict[str, str]) -> list[str]:
        return [job["id"] for job in client.get("/api/jobs", headers=headers).json]

    def test_can_be_filtered(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        failed, waiting = fail(jobs), str(jobs.enqueue(add, number=1))
        for query, expected in (("state=failed", failed), ("task=tests.add", waiting)):
            response = client.get(f"/api/jobs?{query}", headers=admin)
            assert [job["id"] for job in response.json] == [expected]

    def test_can_be_filtered_by_age(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        old, new = jobs.enqueue(add, number=1), jobs.enqueue(add, number=2)
        jobs.set(old, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        for query, expected in (("created_before", old), ("created_after", new)):
            response = client.get(f"/api/jobs?{query}=2026-02-01T00:00:00Z", headers=admin)
            assert [job["id"] for job in response.json] == [str(expected)]
        exactly = client.get("/api/jobs?created_after=2026-01-01T00:00:00Z", headers=admin)
        assert len(exactly.json) == 2

    @pytest.mark.parametrize("query", ["state=late", "task=nothing", "page=0", "created_after=yesterday"])
    def test_refuses_what_the_document_refuses(
        self, client: FlaskClient, admin: dict[str, str], query: str
    ) -> None:
        assert client.get(f"/api/jobs?{query}", headers=admin).status_code == 400


class TestGetJob:
    def test_tells_why_it_failed_and_not_its_payload(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        job = client.get(f"/api/jobs/{fail(jobs)}", headers=admin).json
        assert (job["state"], job["attempts"], job["error"]) == ("failed", 2, "RuntimeError: no")
        assert "payload" not in job

    def test_has_owner_progress_and_result(
        self, app: Flask, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        owner = create_user()
        job_id = jobs.enqueue(count_runs, owner=owner.id)
        job = client.get(f"/api/jobs/{job_id}", headers=admin).json
        assert (job["progress"], job["result"]) == (None, None)
        assert job["owner"] == {
            "id": owner.id,
            "username": owner.username,
            "display_name": owner.display_name,
        }
        for _ in range(3):
            run_attempt(app, jobs.claim())
        job = client.get(f"/api/jobs/{job_id}", headers=auth_headers(owner)).json
        assert job["progress"] == {"done": 3, "total": 3, "message": "Run 3"}
        assert job["result"] == {"runs": 3}

    def test_tells_its_owner_that_it_failed_but_not_why(self, client: FlaskClient, jobs: JobQueue) -> None:
        # An error may name what only administrators should know.
        owner = create_user()
        job_id = fail(jobs, owner=owner.id)
        job = client.get(f"/api/jobs/{job_id}", headers=auth_headers(owner)).json
        assert (job["state"], job["error"]) == ("failed", ERROR_FOR_OWNERS)

    def test_has_an_entity_tag_of_its_state(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        url = f"/api/jobs/{jobs.enqueue(add, number=1)}"
        tag = client.get(url, headers=admin).headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": tag}).status_code == 304
        job = jobs.claim()
        response = client.get(url, headers={**admin, "If-None-Match": tag})
        assert response.status_code == 200
        with db.engine.begin() as connection:
            queue.write_progress(connection, job, Progress(1))
        tag = response.headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": tag}).status_code == 200


class TestCancelJob:
    def test_of_a_waiting_job(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        job_id = jobs.enqueue(add, number=1)
        response = client.post(f"/api/jobs/{job_id}/cancel", headers=admin)
        assert (response.status_code, response.json["state"]) == (200, "cancelled")
        assert jobs.claim() is None

    def test_of_a_finished_job(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        response = client.post(f"/api/jobs/{fail(jobs)}/cancel", headers=admin)
        assert (response.status_code, response.json["code"]) == (409, "JOB_FINISHED")


class TestRetryJob:
    def test_of_a_failed_job(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        job_id = fail(jobs)
        response = client.post(f"/api/jobs/{job_id}/retry", headers=admin)
        assert (response.status_code, response.json["state"], response.json["attempts"]) == (
            200,
            "waiting",
            0,
        )
        assert str(jobs.claim().id) == job_id

    def test_of_a_waiting_job(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        job_id = jobs.enqueue(add, number=1)
        response = client.post(f"/api/jobs/{job_id}/retry", headers=admin)
        assert (response.status_code, response.json["code"]) == (409, "JOB_NOT_FAILED")
        assert jobs.row(job_id).state == JobState.WAITING

    def test_of_a_job_that_was_asked_for_again(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        failed = fail(jobs, unique_key="one")
        jobs.enqueue(add, unique_key="one", number=1)
        response = client.post(f"/api/jobs/{failed}/retry", headers=admin)
        assert (response.status_code, response.json["code"]) == (409, "JOB_ALREADY_QUEUED")


class TestPeriodicTasks:
    def test_tell_their_last_and_their_next_run(
        self, app: Flask, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        tasks = {task["name"]: task for task in client.get("/api/periodic-tasks", headers=admin).json}
        assert {"auth.purge_expired", "jobs.purge_finished", "tests.do_periodically"} <= set(tasks)
        assert tasks["tests.do_periodically"] == {
            "name": "tests.do_periodically",
            "every_s": 3600.0,
            "last_job": None,
            "next_job": None,
        }
        for _ in range(2):
            with transaction():
                queue.enqueue_periodic(do_periodically)
            (row,) = [row for row in jobs.all_rows() if row.state == "waiting"]
            jobs.make_due(row.id)
            run_attempt(app, jobs.claim())
        tasks = {task["name"]: task for task in client.get("/api/periodic-tasks", headers=admin).json}
        task = tasks["tests.do_periodically"]
        assert (task["last_job"]["id"], task["last_job"]["state"]) == (str(row.id), "succeeded")
        assert task["next_job"]["state"] == "waiting"
        assert task["next_job"]["id"] != task["last_job"]["id"]

    @pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
    def test_are_for_admins(self, client: FlaskClient, role: Role) -> None:
        headers = auth_headers(create_user(role=role))
        assert client.get("/api/periodic-tasks", headers=headers).status_code == 403
        assert client.post("/api/periodic-tasks/auth.purge_expired/run", headers=headers).status_code == 403
        assert client.get("/api/periodic-tasks").status_code == 401


class TestRunPeriodicTask:
    URL = "/api/periodic-tasks/tests.do_periodically/run"

    def test_answers_with_the_job_that_runs_at_once(self, client: FlaskClient, jobs: JobQueue) -> None:
        admin = create_user(role=Role.ADMIN)
        response = client.post(self.URL, headers=auth_headers(admin))
        assert (response.status_code, response.json["state"]) == (202, "waiting")
        assert response.headers["Location"] == f"/api/jobs/{response.json['id']}"
        assert response.json["owner"]["id"] == admin.id
        assert str(jobs.claim().id) == response.json["id"]

    def test_brings_forward_the_run_that_waits(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        with transaction():
            queue.enqueue_periodic(do_periodically, delay_s=3_600)
        assert jobs.claim() is None
        for _ in range(2):
            response = client.post(self.URL, headers=admin)
        (row,) = jobs.all_rows()
        assert response.json["id"] == str(row.id)
        assert jobs.claim().id == row.id

    @pytest.mark.parametrize("name", ["tests.add", "tests.nothing", "none"])
    def test_of_what_is_no_periodic_task(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue, name: str
    ) -> None:
        response = client.post(f"/api/periodic-tasks/{name}/run", headers=admin)
        assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
        assert jobs.all_rows() == []
