"""The benchmark data set: one PostgreSQL database in the service's schema, the same on every run."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert

from benchmarks.processes import ROOT, inherited
from service.app import create_app
from service.config import Settings, load_settings
from service.core.markdown import render_post
from service.core.sessions import create_session
from service.core.signing_keys import create_key, load_key_ring
from service.extensions import db
from service.models import Post, PostTag, Tag, User
from service.models.casefolding import casefold
from service.models.posts import PostStatus
from service.models.users import Role
from tests import postgresql

POSTS = 10_000
AUTHORS = 50
TAGS = 40
TAGS_OF_A_POST = 3
SEED = 20261121
NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)
APART = timedelta(minutes=37, microseconds=123_456)
WORDS = (  # noqa: SIM905 - words are read most easily as lines
    "engine store mill card loom pattern number column wheel lever press type letter page margin leaf ink paper proof "
    "galley binding plate line reader author editor issue volume archive index table note source chapter colophon "
    "weaves carries turns holds prints reads writes folds keeps shows moves counts opens closes follows begins "
    "old new small plain clear long early late open first second last whole "
).split()

# Memory as a server of one's own would have it, and connections for all contenders at once.
OPTIONS = {"shared_buffers": "256MB", "max_connections": "200", "timezone": "UTC", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class BenchmarkDatabase:
    """A filled database, and what a client of it needs: its posts, newest first, and a token of an author."""

    database_url: str
    server_pid: int
    posts: tuple[tuple[UUID, datetime], ...]
    token: str
    settings: Mapping[str, str]
    public_key: Path

    def truncate_comments(self) -> None:
        """Remove what was written, so that everyone writes into an empty table."""
        self._run("TRUNCATE comments")

    def vacuum_and_checkpoint(self) -> None:
        """Do what PostgreSQL would do by itself at some time in between."""
        self._run("VACUUM ANALYZE")
        self._run("CHECKPOINT")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def publication(folder: Path, posts: int = POSTS) -> Iterator[BenchmarkDatabase]:
    """Run a PostgreSQL server with `posts` published posts in it until the block ends; keys go to `folder`."""
    with patch.dict(postgresql.OPTIONS, OPTIONS):
        server = postgresql.PostgresqlServer()
    try:
        yield _filled(server, folder, posts)
    finally:
        server.stop()


def _filled(server: postgresql.PostgresqlServer, folder: Path, posts: int) -> BenchmarkDatabase:
    url = server.create_database("benchmark")
    environment = {
        "FLASK_ENV": "production",
        "DATABASE_URL": url,
        "PUBLIC_URL": "http://127.0.0.1",
        "VAR_DIR": str(folder / "var"),
        "ACCESS_TOKEN_S": "86400",
    }
    create_key(folder / "var" / "keys")
    migrate(environment)
    settings = load_settings(None, environment)
    token = fill(settings, posts)
    filled = BenchmarkDatabase(
        database_url=url,
        server_pid=server._process.pid,
        posts=tuple((post["id"], post["listed_at"]) for post in post_rows(posts)),
        token=token,
        settings=environment,
        public_key=_write_public_key(settings, folder),
    )
    filled.vacuum_and_checkpoint()
    return filled


def migrate(environment: Mapping[str, str]) -> None:
    """Bring the database of `environment` up to date, as an operator would."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    done = subprocess.run(
        command, cwd=ROOT, env={**inherited(), **environment}, capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        sys.exit(f"The database could not be migrated:\n{done.stderr}")


def fill(settings: Settings, posts: int) -> str:
    """Write the publication and return an access token of one of its authors."""
    app = create_app(settings)
    with app.app_context():
        tags = [
            {"id": n, "name": _tag(n), "name_key": _tag(n), "slug": _tag(n), "version": 1}
            for n in _numbers(TAGS)
        ]
        db.session.execute(insert(User), [_user(number) for number in _numbers(AUTHORS)])
        db.session.execute(insert(Tag), tags)
        rows = list(post_rows(posts))
        db.session.execute(insert(Post), [_whole(row) for row in rows])
        carried = [
            {"post_id": row["id"], "tag_id": tag, "position": position}
            for row in rows
            for position, tag in enumerate(row["tags"])
        ]
        db.session.execute(insert(PostTag), carried)
        token = create_session(db.session.get_one(User, 1)).access_token
        db.session.commit()
        db.engine.dispose()
    return token


def post_rows(posts: int) -> Iterator[dict[str, Any]]:
    """Yield what makes each post a different one, newest first: the same on every run."""
    chance = random.Random(SEED)
    for number in range(posts):
        at = NEWEST - number * APART
        yield {
            "id": _uuid7(at, chance.getrandbits(74)),
            "author_id": chance.randint(1, AUTHORS),
            "title": _sentence(chance, 6).rstrip("."),
            "body": _body(chance),
            "listed_at": at,
            "slug": f"post-{number}",
            "tags": chance.sample(_numbers(TAGS), TAGS_OF_A_POST),
        }


def _whole(row: Mapping[str, Any]) -> dict[str, Any]:
    rendered = render_post(row["body"])
    kept = {name: row[name] for name in ("id", "author_id", "title", "body", "listed_at", "slug")}
    return {
        **kept,
        "body_html": rendered.html,
        "excerpt": rendered.excerpt,
        "has_own_excerpt": False,
        "word_count": rendered.word_count,
        "reading_minutes": rendered.reading_minutes,
        "contents": [asdict(entry) for entry in rendered.toc],
        "tag_list": [{"name": _tag(number), "slug": _tag(number)} for number in row["tags"]],
        "status": PostStatus.PUBLISHED,
        "published_at": row["listed_at"],
        "created_at": row["listed_at"],
        "updated_at": row["listed_at"],
        "search_key": casefold("\n".join((row["title"], rendered.excerpt, row["body"]))),
        "extra": {},
        "version": 1,
    }


def _body(chance: random.Random) -> str:
    """Return some 2 kB of Markdown: headings, paragraphs, a list, code."""
    parts = [" ".join(_sentence(chance, chance.randint(6, 14)) for _ in range(5))]
    for _ in range(3):
        parts.append(f"## {_sentence(chance, 3).rstrip('.')}")
        parts.append(" ".join(_sentence(chance, chance.randint(6, 14)) for _ in range(4)))
    parts.append("\n".join(f"- {_sentence(chance, 5)}" for _ in range(4)))
    parts.append("```python\nfor card in deck:\n    engine.read(card)\n```")
    return "\n\n".join(parts)


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."


def _user(number: int) -> dict[str, Any]:
    name = f"author-{number}"
    return {
        "username": name,
        "username_key": casefold(name),
        "display_name": f"Author {number}",
        "display_name_key": casefold(f"Author {number}"),
        "role": Role.AUTHOR,
        "version": 1,
    }


def _tag(number: int) -> str:
    return f"subject-{number}"


def _numbers(count: int) -> range:
    return range(1, count + 1)


def _uuid7(at: datetime, random_bits: int) -> UUID:
    milliseconds = int(at.timestamp() * 1_000)
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def _write_public_key(settings: Settings, folder: Path) -> Path:
    ring = load_key_ring(settings.jwt_keys_dir)
    path = folder / "public.pem"
    pem = ring.public_keys[ring.kid].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(pem)
    return path
