"""FastAPI with SQLAlchemy's async ORM on asyncpg and Pydantic models, as their manuals teach.

Written with care: the author is joined, tags are loaded in one more statement for the whole list, what lists do not
show is not read, nothing is read again after a commit, and a conditional request reads the version alone.
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
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, ForeignKey, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    defer,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.types import BigInteger, DateTime, Uuid

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10
)
new_session = async_sessionmaker(engine, expire_on_commit=False)
public_key = Path(os.environ["JWT_PUBLIC_KEY"]).read_text()
markdown = MarkdownIt("commonmark", {"breaks": True})
app = FastAPI(title="Posts")


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own declaration


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    username: Mapped[str]
    display_name: Mapped[str]
    is_active: Mapped[bool]


class PostTag(Base):
    __tablename__ = "post_tags"
    post_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("posts.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tags.id"), primary_key=True)
    position: Mapped[int]


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    author_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    title: Mapped[str]
    slug: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    excerpt: Mapped[str]
    word_count: Mapped[int]
    reading_minutes: Mapped[int]
    contents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    own_seo_title: Mapped[str | None] = mapped_column("seo_title")
    own_seo_description: Mapped[str | None] = mapped_column("seo_description")
    canonical_url: Mapped[str | None]
    status: Mapped[str]
    published_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    publication_failure: Mapped[str | None]
    listed_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    trashed_at: Mapped[datetime | None]
    version: Mapped[int]
    author: Mapped[User] = relationship()
    tags: Mapped[list[Tag]] = relationship(
        secondary=PostTag.__table__, order_by=PostTag.position, viewonly=True
    )

    @property
    def seo_title(self) -> str:
        return self.own_seo_title or self.title

    @property
    def seo_description(self) -> str:
        return self.own_seo_description or self.excerpt

    @property
    def cursor(self) -> str:
        return encode_cursor(self.listed_at, self.id)

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    post_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("posts.id"))
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    author_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    depth: Mapped[int] = mapped_column(default=0)
    body: Mapped[str]
    body_html: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    author: Mapped[User] = relationship()

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class AuthorOut(Shown):
    id: int
    username: str
    display_name: str
    avatar: None = None


class TagOut(Shown):
    name: str
    slug: str


class HeadingOut(BaseModel):
    level: int
    text: str
    anchor: str


class PostFields(Shown):
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


class CommentOut(Shown):
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


async def get_session() -> AsyncIterator[AsyncSession]:
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def get_current_user(session: Session, credentials: Bearer) -> User:
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
    user = await session.scalar(select(User).where(User.id == int(claims["sub"]), User.is_active))
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return user


@app.get("/api/posts", response_model=list[SummaryOut])
async def list_posts(
    session: Session,
    response: Response,
    page: Annotated[int, Query(ge=1)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(min_length=32, max_length=32)] = None,
) -> Any:
    shown = (Post.status == "published", Post.trashed_at.is_(None))
    posts = (
        select(Post)
        .where(*shown)
        .order_by(Post.listed_at.desc(), Post.id.desc())
        .limit(per_page)
        .options(
            joinedload(Post.author), selectinload(Post.tags), defer(Post.body), defer(Post.body_html),
            defer(Post.contents),
        )
    )  # fmt: skip
    if after is not None:
        found = await session.scalars(
            posts.where(tuple_(Post.listed_at, Post.id) < tuple_(*decode_cursor(after)))
        )
        return found.all()
    total = await session.scalar(select(func.count()).select_from(Post).where(*shown))
    response.headers["X-Total-Count"] = str(total)
    return (await session.scalars(posts.offset((page - 1) * per_page))).all()


@app.get("/api/posts/{post_id}", response_model=PostOut)
async def get_post(
    session: Session,
    response: Response,
    post_id: UUID,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    readable = (
        Post.id == post_id,
        Post.status.in_(("published", "archived")),
        Post.trashed_at.is_(None),
    )
    if if_none_match is not None:
        version = await session.scalar(select(Post.version).where(*readable))
        if version is not None and if_none_match == f'"{version}"':
            return Response(status_code=304, headers={"ETag": if_none_match})
    post = await session.scalar(
        select(Post).where(*readable).options(joinedload(Post.author), selectinload(Post.tags))
    )
    if post is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    response.headers["ETag"] = post.etag
    return post


@app.post("/api/posts/{post_id}/comments", status_code=201, response_model=CommentOut)
async def create_comment(
    session: Session,
    user: Annotated[User, Depends(get_current_user)],
    response: Response,
    post_id: UUID,
    sent: CommentIn,
) -> Any:
    if await session.scalar(select(Post.id).where(Post.id == post_id, Post.trashed_at.is_(None))) is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    comment = Comment(
        post_id=post_id,
        author=user,
        body=sent.body,
        body_html=nh3.clean(markdown.render(sent.body)),
    )
    session.add(comment)
    await session.commit()
    response.headers["Location"] = f"/api/posts/{post_id}/comments/{comment.id}"
    return comment
