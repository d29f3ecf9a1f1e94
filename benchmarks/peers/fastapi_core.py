"""FastAPI with SQLAlchemy Core on asyncpg: selects of the columns that are shown, in autocommit, Pydantic models.

As lean as FastAPI's manual goes: it reads the tags that are kept beside each post, and PostgreSQL never sees a BEGIN
for a read.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import jwt
import nh3
from cursor_pagination import decode_cursor, encode_cursor
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from markdown_it import MarkdownIt
from pydantic import BaseModel, Field
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10
)
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
public_key = Path(os.environ["JWT_PUBLIC_KEY"]).read_text()
markdown = MarkdownIt("commonmark", {"breaks": True})
app = FastAPI(title="Posts")

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("username", String),
    Column("display_name", String),
    Column("is_active", Boolean),
)
posts = Table(
    "posts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("author_id", BigInteger),
    *(
        Column(name, String)
        for name in ("title", "slug", "body", "body_html", "excerpt", "status", "publication_failure")
    ),
    *(Column(name, String) for name in ("seo_title", "seo_description", "canonical_url")),
    *(Column(name, Integer) for name in ("word_count", "reading_minutes", "version")),
    *(Column(name, JSON) for name in ("contents", "tag_list")),
    *(
        Column(name, DateTime(timezone=True))
        for name in ("published_at", "scheduled_at", "listed_at", "created_at", "updated_at", "trashed_at")
    ),
)
comments = Table(
    "comments",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("post_id", Uuid),
    Column("parent_id", BigInteger),
    Column("author_id", BigInteger),
    *(Column(name, Integer) for name in ("depth", "version")),
    *(Column(name, String) for name in ("body", "body_html")),
    *(Column(name, DateTime(timezone=True)) for name in ("created_at", "edited_at")),
)

LISTED = (posts.c.status == "published", posts.c.trashed_at.is_(None))
READABLE = (
    posts.c.id == bindparam("post_id"),
    posts.c.status.in_(("published", "archived")),
    posts.c.trashed_at.is_(None),
)
SHARED = (
    posts.c.id,
    posts.c.title,
    posts.c.slug,
    posts.c.excerpt,
    posts.c.word_count,
    posts.c.reading_minutes,
    posts.c.tag_list,
    posts.c.canonical_url,
    posts.c.seo_title,
    posts.c.seo_description,
    posts.c.status,
    posts.c.published_at,
    posts.c.scheduled_at,
    posts.c.publication_failure,
    posts.c.created_at,
    posts.c.updated_at,
    posts.c.author_id,
    users.c.username,
    users.c.display_name,
)
_with_author = posts.join(users, users.c.id == posts.c.author_id)
newest = (
    select(*SHARED, posts.c.listed_at)
    .select_from(_with_author)
    .where(*LISTED)
    .order_by(posts.c.listed_at.desc(), posts.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
newest_page = newest.offset(bindparam("offset", type_=Integer))
newest_after = newest.where(
    tuple_(posts.c.listed_at, posts.c.id)
    < tuple_(bindparam("instant", type_=DateTime(timezone=True)), bindparam("id", type_=Uuid()))
)
count = select(func.count()).select_from(posts).where(*LISTED)
whole = (
    select(*SHARED, posts.c.body, posts.c.body_html, posts.c.contents, posts.c.version)
    .select_from(_with_author)
    .where(*READABLE)
)
version_alone = select(posts.c.version).where(*READABLE)
active_user = select(users.c.id, users.c.username, users.c.display_name).where(
    users.c.id == bindparam("user_id"), users.c.is_active
)
open_post = select(posts.c.id).where(posts.c.id == bindparam("post_id"), posts.c.trashed_at.is_(None))
new_comment = insert(comments).returning(comments.c.id)


class AuthorOut(BaseModel):
    id: int
    username: str
    display_name: str
    avatar: None = None


class TagOut(BaseModel):
    name: str
    slug: str


class HeadingOut(BaseModel):
    level: int
    text: str
    anchor: str


class PostFields(BaseModel):
    id: UUID
    title: str
    slug: str
    excerpt: str
    author: AuthorOut
    word_count: int
    reading_minutes: int
    tags: list[TagOut]
    canonical_url: str | None
    seo_title: str
    seo_description: str
    status: str
    published_at: datetime | None
    scheduled_at: datetime | None
    publication_failure: str | None
    created_at: datetime
    updated_at: datetime
    cover: None = None
    card: None = None


class SummaryOut(PostFields):
    cursor: str


class PostOut(PostFields):
    images: list[None] = []
    cover_alt_text: None = None
    cover_caption: None = None
    body: str
    body_html: str
    contents: list[HeadingOut]
    etag: str


class CommentIn(BaseModel):
    body: str = Field(min_length=1, max_length=5_000)
    parent_id: int | None = None


class CommentOut(BaseModel):
    id: int
    post_id: UUID
    parent_id: int | None
    depth: int
    author: AuthorOut
    body: str
    body_html: str
    created_at: datetime
    edited_at: datetime | None
    etag: str


async def get_reader() -> AsyncIterator[AsyncConnection]:
    async with reading.connect() as connection:
        yield connection


async def get_writer() -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        yield connection


Reader = Annotated[AsyncConnection, Depends(get_reader)]
Writer = Annotated[AsyncConnection, Depends(get_writer)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def get_current_user(connection: Writer, credentials: Bearer) -> AuthorOut:
    try:
        claims = jwt.decode(
            credentials.credentials,
            public_key,
            algorithms=["EdDSA"],
            audience=os.environ["JWT_AUDIENCE"],
            issuer=os.environ["JWT_ISSUER"],
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from error
    row = (await connection.execute(active_user, {"user_id": int(claims["sub"])})).one_or_none()
    if row is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return AuthorOut.model_construct(**row._mapping)


@app.get("/api/posts")
async def list_posts(
    connection: Reader,
    response: Response,
    page: Annotated[int, Query(ge=1)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(min_length=32, max_length=32)] = None,
) -> list[SummaryOut]:
    if after is not None:
        instant, post_id = decode_cursor(after)
        rows = await connection.execute(newest_after, {"instant": instant, "id": post_id, "limit": per_page})
    else:
        response.headers["X-Total-Count"] = str((await connection.execute(count)).scalar_one())
        rows = await connection.execute(newest_page, {"limit": per_page, "offset": (page - 1) * per_page})
    return [SummaryOut(**_shared(row), cursor=encode_cursor(row.listed_at, row.id)) for row in rows]


@app.get("/api/posts/{post_id}")
async def get_post(
    connection: Reader,
    response: Response,
    post_id: UUID,
    if_none_match: Annotated[str | None, Header()] = None,
) -> PostOut:
    if if_none_match is not None:
        version = (await connection.execute(version_alone, {"post_id": post_id})).scalar_one_or_none()
        if version is not None and if_none_match == f'"{version}"':
            return Response(status_code=304, headers={"ETag": if_none_match})  # type: ignore[return-value]
    row = (await connection.execute(whole, {"post_id": post_id})).one_or_none()
    if row is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    response.headers["ETag"] = etag = f'"{row.version}"'
    return PostOut(**_shared(row), body=row.body, body_html=row.body_html, contents=row.contents, etag=etag)


@app.post("/api/posts/{post_id}/comments", status_code=201)
async def create_comment(
    connection: Writer,
    user: Annotated[AuthorOut, Depends(get_current_user)],
    response: Response,
    post_id: UUID,
    sent: CommentIn,
) -> CommentOut:
    if (await connection.execute(open_post, {"post_id": post_id})).one_or_none() is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    written = {
        "post_id": post_id,
        "parent_id": None,
        "depth": 0,
        "body": sent.body,
        "body_html": nh3.clean(markdown.render(sent.body)),
        "created_at": datetime.now(UTC),
        "edited_at": None,
    }
    values = {**written, "author_id": user.id, "version": 1}
    number = (await connection.execute(new_comment, values)).scalar_one()
    await connection.commit()
    response.headers["Location"] = f"/api/posts/{post_id}/comments/{number}"
    return CommentOut(**written, id=number, author=user, etag='"1"')


def _shared(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "slug": row.slug,
        "excerpt": row.excerpt,
        "author": {"id": row.author_id, "username": row.username, "display_name": row.display_name},
        "word_count": row.word_count,
        "reading_minutes": row.reading_minutes,
        "tags": row.tag_list,
        "canonical_url": row.canonical_url,
        "seo_title": row.seo_title or row.title,
        "seo_description": row.seo_description or row.excerpt,
        "status": row.status,
        "published_at": row.published_at,
        "scheduled_at": row.scheduled_at,
        "publication_failure": row.publication_failure,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
