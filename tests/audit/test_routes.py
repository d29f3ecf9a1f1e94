"""The audit log over the API: filters, pages, the export, and who may read it."""

from __future__ import annotations

import csv
import io
import json

import pytest

from service.audit import exporting
from service.core.audit_log import record
from service.core.database import transaction
from service.models.users import Role
from tests.accounts import auth_headers, bearer_header, create_account
from tests.audit.log import chained, entries, recorded
from tests.factories import create_api_key, create_post, create_user

PATH = "/api/audit"
EXPORT = f"{PATH}/export"


@pytest.fixture
def admin(app):
    return create_account(username="root", role=Role.ADMIN)


@pytest.fixture
def headers(admin):
    return auth_headers(admin)


def listed(client, headers, **query):
    answer = client.get(PATH, query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


class TestAccess:
    @pytest.mark.parametrize("path", [PATH, EXPORT])
    def test_needs_a_login(self, client, path):
        assert client.get(path).status_code == 401

    @pytest.mark.parametrize("path", [PATH, EXPORT])
    @pytest.mark.parametrize("role", [Role.READER, Role.AUTHOR, Role.EDITOR])
    def test_is_for_admins(self, client, path, role):
        assert client.get(path, headers=auth_headers(create_user(role=role))).status_code == 403

    @pytest.mark.parametrize("path", [PATH, EXPORT])
    def test_keys_need_the_scope(self, client, admin, path):
        _, text = create_api_key(admin, ["audit:read"])
        _, other = create_api_key(admin, ["posts:read"])
        assert client.get(path, headers=bearer_header(text)).status_code == 200
        assert client.get(path, headers=bearer_header(other)).status_code == 403


class TestList:
    def test_tells_who_deleted_a_post(self, client, admin, headers):
        post = create_post(create_user())
        any_version = {**headers, "If-Match": "*"}
        client.delete(f"/api/posts/{post.id}", headers=any_version)
        client.delete(f"/api/posts/trash/{post.id}", headers=any_version)
        deleted, trashed = listed(client, headers, object_type="post", object_id=str(post.id))
        assert (deleted["action"], trashed["action"]) == ("post.deleted", "post.trashed")
        assert deleted["actor"] == {
            "kind": "user",
            "id": admin.id,
            "username": "root",
            "display_name": "Root",
            "api_key_id": None,
        }
        assert deleted["object"] == {"type": "post", "id": str(post.id)}
        assert deleted["details"] == {"author_id": post.author_id}

    def test_names_nobody_who_is_gone(self, client, headers):
        with transaction():
            record("item.created", 1, actor_id=4_711)
        [entry] = listed(client, headers)
        assert (entry["actor"]["id"], entry["actor"]["username"]) == (4_711, None)

    def test_tells_the_place_in_the_chain(self, client, headers):
        chained(1)
        recorded(1)
        assert [entry["position"] for entry in listed(client, headers)] == [None, 1]

    def test_pages_follow_each_other(self, client, headers):
        recorded(5)
        first = client.get(PATH, query_string={"per_page": 2}, headers=headers)
        assert 'rel="next"' in first.headers["Link"]
        ids, after = [entry["id"] for entry in first.json], first.json[-1]["cursor"]
        while page := listed(client, headers, per_page=2, after=after):
            ids += [entry["id"] for entry in page]
            after = page[-1]["cursor"]
        assert ids == [str(entry.id) for entry in reversed(entries())]

    def test_last_page_has_no_next(self, client, headers):
        recorded(2)
        answer = client.get(PATH, query_string={"per_page": 2}, headers=headers)
        assert 'rel="next"' not in answer.headers["Link"]

    @pytest.mark.parametrize(
        "query",
        [
            {"action": "everything"},
            {"actor_id": "0"},
            {"object_type": "Post"},
            {"object_id": "a b"},
            {"recorded_after": "yesterday"},
            {"after": "x"},
            {"per_page": "101"},
        ],
    )
    def test_bad_parameter(self, client, headers, query):
        assert client.get(PATH, query_string=query, headers=headers).status_code == 400


class TestFilters:
    @pytest.fixture(autouse=True)
    def log(self, app):
        with transaction():
            record("item.created", 1, actor_id=7)
            record("item.deleted", 1, actor_id=8)
            record("tag.created", 1, actor_id=7)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, ["tag.created", "item.deleted", "item.created"]),
            ({"action": "item.deleted"}, ["item.deleted"]),
            ({"actor_id": 7}, ["tag.created", "item.created"]),
            ({"actor_id": 7, "action": "item.created"}, ["item.created"]),
            ({"object_type": "item"}, ["item.deleted", "item.created"]),
            ({"object_id": "1", "object_type": "tag"}, ["tag.created"]),
            ({"object_id": "2"}, []),
            ({"recorded_after": "2000-01-01T00:00:00Z", "actor_id": 8}, ["item.deleted"]),
            ({"recorded_after": "9999-12-31T00:00:00Z"}, []),
            ({"recorded_before": "2000-01-01T00:00:00Z"}, []),
            ({"recorded_before": "0001-01-01T00:00:00Z"}, []),
        ],
    )
    def test_return_only_what_fits(self, client, headers, query, expected):
        assert [entry["action"] for entry in listed(client, headers, **query)] == expected

    def test_of_times_count_milliseconds(self, client, headers):
        first = entries()[0].recorded_at
        at = first.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert len(listed(client, headers, recorded_after=at)) == 3
        assert listed(client, headers, recorded_before=at) == []


class TestExport:
    def test_csv(self, client, headers):
        recorded(2)
        answer = client.get(EXPORT, headers=headers)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=audit-")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["id"] for row in rows] == [str(entry.id) for entry in reversed(entries())]
        assert (rows[0]["action"], rows[0]["object_id"], rows[0]["details"]) == ("item.created", "2", "{}")
        assert rows[0]["recorded_at"].endswith("Z")

    def test_lines_of_json_are_the_entries_of_the_list(self, client, headers):
        recorded(2)
        answer = client.get(EXPORT, query_string={"format": "ndjson"}, headers=headers)
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        assert [json.loads(line) for line in answer.text.splitlines()] == listed(client, headers)

    def test_filters_count(self, client, headers):
        recorded(2)
        answer = client.get(EXPORT, query_string={"object_id": "1", "format": "ndjson"}, headers=headers)
        assert len(answer.text.splitlines()) == 1

    @pytest.mark.parametrize(("most", "expected"), [(100, 5), (4, 4)])
    def test_reads_in_batches_up_to_a_limit(self, client, headers, monkeypatch, most, expected):
        monkeypatch.setattr(exporting, "BATCH_SIZE", 2)
        monkeypatch.setattr(exporting, "ENTRIES_MAX", most)
        recorded(5)
        rows = list(csv.DictReader(io.StringIO(client.get(EXPORT, headers=headers).text)))
        assert [row["object_id"] for row in rows] == ["5", "4", "3", "2", "1"][:expected]

    def test_goes_on_after_the_last_line(self, client, headers):
        recorded(3)
        rows = list(csv.DictReader(io.StringIO(client.get(EXPORT, headers=headers).text)))
        rest = client.get(EXPORT, query_string={"after": rows[0]["cursor"]}, headers=headers)
        assert list(csv.DictReader(io.StringIO(rest.text))) == rows[1:]

    def test_bad_format(self, client, headers):
        assert client.get(EXPORT, query_string={"format": "xml"}, headers=headers).status_code == 400
