from pathlib import Path

import pytest

from tests.architecture import boundaries
from tests.architecture.sample_tree import plant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "rule",
    [
        boundaries.commit_violations,
        boundaries.flask_violations,
        boundaries.lazy_violations,
        boundaries.outbound_violations,
    ],
)
class TestWholeTree:
    def test_this_service_keeps_the_rule(self, rule):
        assert rule(ROOT) == []

    def test_tidy_tree_keeps_the_rule(self, rule, tmp_path):
        assert rule(plant(tmp_path, {})) == []


def test_every_file_that_may_commit_exists():
    assert [path for path in boundaries.MAY_COMMIT if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("service/posts/actions.py", "db.session.commit()"),
        ("service/posts/routes.py", "class A:\n    def get(self):\n        session.commit()"),
        ("service/core/jobs.py", "end = session.commit"),
        ("service/core/jobs.py", "getattr(session, 'commit')()"),
        ("service/models/posts.py", "connection.exec_driver_sql('COMMIT')"),
        ("service/api.py", "db.session.commit()"),
    ],
)
def test_commit_away_from_the_edge_is_found(path, code, tmp_path):
    found = boundaries.commit_violations(plant(tmp_path, {path: code}))

    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    "path", ["service/posts/actions.py", "service/posts/queries.py", "service/models/posts.py"]
)
@pytest.mark.parametrize(
    "code",
    [
        "import flask",
        "from flask import request",
        "import flask_restx.fields",
        "from flask_jwt_extended import get_jwt",
        "from flask_sqlalchemy import SQLAlchemy",
        "def f():\n    from flask import g",
        "from werkzeug.exceptions import NotFound",
    ],
)
def test_flask_in_a_rule_is_found(path, code, tmp_path):
    found = boundaries.flask_violations(plant(tmp_path, {path: code}))

    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    "code",
    [
        "import httpcore",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from http import client",
        "from http.client import HTTPConnection",
        "def f():\n    import requests.sessions",
    ],
)
def test_way_out_that_is_not_guarded_is_found(code, tmp_path):
    found = boundaries.outbound_violations(plant(tmp_path, {"service/posts/actions.py": code}))

    assert len(found) == 1
    assert "use safe_fetch" in found[0]


def test_guarded_way_out_is_fine(tmp_path):
    tree = plant(tmp_path, {"service/core/outbound/safe_fetch.py": "import httpcore"})
    assert boundaries.outbound_violations(tree) == []


def test_flask_in_a_route_is_fine(tmp_path):
    assert (
        boundaries.flask_violations(plant(tmp_path, {"service/posts/routes.py": "from flask import request"}))
        == []
    )


@pytest.mark.parametrize(
    "code",
    [
        "author = relationship('User')",
        "author = db.relationship('User', lazy='select')",
        "author = relationship(lazy=HOW)",
        "author = relationship(lazy='raise_on_sql', backref=backref('posts'))",
    ],
)
def test_lazy_relationship_is_found(code, tmp_path):
    assert len(boundaries.lazy_violations(plant(tmp_path, {"service/models/posts.py": code}))) == 1


def test_relationship_that_raises_is_fine(tmp_path):
    code = "author: Mapped[User] = relationship(back_populates='posts', lazy='raise_on_sql')"

    assert boundaries.lazy_violations(plant(tmp_path, {"service/models/posts.py": code})) == []
