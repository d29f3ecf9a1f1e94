"""Background jobs over the API, which administrators alone may see."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.jobs import queue
from service.models.jobs import JobState
from service.models.users import Role
from tests.accounts import auth_headers
from tests.core.jobs.sample_tasks import add, add_then_raise
from tests.factories import create_user
from tests.job_queue import JobQueue

OPERATIONS = [("get", ""), ("get", "/{id}"), ("post", "/{id}/cancel"), ("post", "/{id}/retry")]


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


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
    def test_nobody_else(
        self, client: FlaskClient, jobs: JobQueue, method: str, path: str, role: Role
    ) -> None:
        url = "/api/jobs" + path.format(id=jobs.enqueue(add, number=1))
        response = client.open(url, method=method, headers=auth_headers(create_user(role=role)))
        assert response.status_code == 403
        assert client.open(url, method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), OPERATIONS[1:])
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

    def test_can_be_filtered(self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue) -> None:
        failed, waiting = fail(jobs), str(jobs.enqueue(add, number=1))
        for query, expected in (("state=failed", failed), ("task=tests.add", waiting)):
            response = client.get(f"/api/jobs?{query}", headers=admin)
            assert [job["id"] for job in response.json] == [expected]

    @pytest.mark.parametrize("query", ["state=late", "task=nothing", "page=0"])
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

    def test_has_an_entity_tag_of_its_state(
        self, client: FlaskClient, admin: dict[str, str], jobs: JobQueue
    ) -> None:
        url = f"/api/jobs/{jobs.enqueue(add, number=1)}"
        tag = client.get(url, headers=admin).headers["ETag"]
        assert client.get(url, headers={**admin, "If-None-Match": tag}).status_code == 304
        jobs.claim()
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
