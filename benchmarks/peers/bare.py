"""The floor: WSGI, psycopg and orjson without a framework, without validation, documentation, log or rights.

One connection for each thread, in autocommit, each statement prepared. What a Python service behind gunicorn could cost
if it did nothing but this.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

import jwt
import nh3
import orjson
import psycopg
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cursor_pagination import decode_cursor, encode_cursor
from markdown_it import MarkdownIt
from psycopg.rows import tuple_row
from psycopg.types.json import set_json_loads

set_json_loads(orjson.loads)
markdown = MarkdownIt("commonmark", {"breaks": True})
public_key = load_pem_public_key(Path(os.environ["JWT_PUBLIC_KEY"]).read_bytes())
local = threading.local()

SHARED = (
    "id", "title", "slug", "excerpt", "word_count", "reading_minutes", "tags", "canonical_url", "seo_title",
    "seo_description", "status", "published_at", "scheduled_at", "publication_failure", "created_at", "updated_at",
)  # fmt: skip
SELECT = """
    SELECT p.id, p.title, p.slug, p.excerpt, p.word_count, p.reading_minutes, p.tag_list, p.canonical_url,
        coalesce(p.seo_title, p.title), coalesce(p.seo_description, p.excerpt), p.status,
        p.published_at, p.scheduled_at, p.publication_failure, p.created_at, p.updated_at,
        p.author_id, u.username, u.display_name, {more}
    FROM posts p JOIN users u ON u.id = p.author_id
    WHERE p.trashed_at IS NULL AND {condition}
"""
NEWEST = "ORDER BY p.listed_at DESC, p.id DESC LIMIT %s"
AFTER = SELECT.format(
    more="p.listed_at", condition="p.status = 'published' AND (p.listed_at, p.id) < (%s, %s)" + NEWEST
)
PAGE = SELECT.format(more="p.listed_at", condition="p.status = 'published'" + NEWEST + " OFFSET %s")
COUNT = "SELECT count(*) FROM posts WHERE status = 'published' AND trashed_at IS NULL"
ONE = SELECT.format(
    more="p.body, p.body_html, p.contents, p.version",
    condition="p.status IN ('published', 'archived') AND p.id = %s",
)
VERSION = """
    SELECT version FROM posts WHERE trashed_at IS NULL AND status IN ('published', 'archived') AND id = %s
"""
CALLER_AND_POST = """
    SELECT u.id, u.username, u.display_name FROM users u, posts p
    WHERE u.id = %s AND u.is_active AND p.id = %s AND p.trashed_at IS NULL
"""
INSERT = """
    INSERT INTO comments (post_id, author_id, depth, body, body_html, created_at, version)
    VALUES (%s, %s, 0, %s, %s, %s, 1) RETURNING id
"""
JSON = ("Content-Type", "application/json")


def execute(statement, values):
    if not hasattr(local, "cursor"):
        connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0)
        local.cursor = connection.cursor(row_factory=tuple_row)
    return local.cursor.execute(statement, values)


def application(environ, start_response):
    parts = environ["PATH_INFO"].split("/")
    if environ["REQUEST_METHOD"] == "POST":
        status, headers, body = create_comment(environ, UUID(parts[3]))
    elif len(parts) == 3:
        status, headers, body = list_posts(parse_qs(environ["QUERY_STRING"]))
    else:
        status, headers, body = get_post(environ, UUID(parts[3]))
    start_response(status, [*headers, JSON, ("Content-Length", str(len(body)))] if body else headers)
    return [body]


def list_posts(asked):
    per_page, headers = int(asked["per_page"][0]), []
    if "after" in asked:
        rows = execute(AFTER, (*decode_cursor(asked["after"][0]), per_page)).fetchall()
    else:
        headers = [("X-Total-Count", str(execute(COUNT, ()).fetchone()[0]))]
        rows = execute(PAGE, (per_page, (int(asked["page"][0]) - 1) * per_page)).fetchall()
    shown = [{**shared(row), "cursor": encode_cursor(row[19], row[0])} for row in rows]
    return "200 OK", headers, orjson.dumps(shown, option=orjson.OPT_UTC_Z)


def get_post(environ, post_id):
    condition = environ.get("HTTP_IF_NONE_MATCH")
    if condition is not None and f'"{execute(VERSION, (post_id,)).fetchone()[0]}"' == condition:
        return "304 Not Modified", [("ETag", condition)], b""
    row = execute(ONE, (post_id,)).fetchone()
    etag = f'"{row[22]}"'
    images = {"images": [], "cover_alt_text": None, "cover_caption": None}
    shown = {
        **shared(row),
        **images,
        "body": row[19],
        "body_html": row[20],
        "contents": row[21],
        "etag": etag,
    }
    return "200 OK", [("ETag", etag)], orjson.dumps(shown, option=orjson.OPT_UTC_Z)


def create_comment(environ, post_id):
    claims = jwt.decode(
        environ["HTTP_AUTHORIZATION"].removeprefix("Bearer "),
        public_key,
        algorithms=["EdDSA"],
        audience=os.environ["JWT_AUDIENCE"],
        issuer=os.environ["JWT_ISSUER"],
    )
    author = execute(CALLER_AND_POST, (int(claims["sub"]), post_id)).fetchone()
    body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["body"]
    html, now = nh3.clean(markdown.render(body)), datetime.now(UTC)
    number = execute(INSERT, (post_id, author[0], body, html, now)).fetchone()[0]
    shown = {
        "id": number,
        "post_id": post_id,
        "parent_id": None,
        "depth": 0,
        "author": author_of(author),
        "body": body,
        "body_html": html,
        "created_at": now,
        "edited_at": None,
        "etag": '"1"',
    }
    headers = [("Location", f"/api/posts/{post_id}/comments/{number}")]
    return "201 Created", headers, orjson.dumps(shown, option=orjson.OPT_UTC_Z)


def shared(row):
    return {
        **dict(zip(SHARED, row, strict=False)),
        "author": author_of(row[16:19]),
        "cover": None,
        "card": None,
    }


def author_of(row):
    return {"id": row[0], "username": row[1], "display_name": row[2], "avatar": None}
