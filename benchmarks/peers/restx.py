"""Stock Flask-RESTX, the ORM of Flask-SQLAlchemy and Flask-JWT-Extended, as their manuals teach.

Written with care: the author is joined, tags are loaded in one more statement for the whole list, and what lists
do not show is not read. A conditional request loads the post and then compares, as Flask's manual does.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import nh3
from cursor_pagination import decode_cursor, encode_cursor
from flask import Flask, Response, request
from flask_jwt_extended import JWTManager, current_user, jwt_required
from flask_restx import Api, Namespace, Resource, fields, marshal, reqparse
from flask_sqlalchemy import SQLAlchemy
from markdown_it import MarkdownIt
from sqlalchemy import JSON, ForeignKey, func, select, tuple_
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

db = SQLAlchemy(model_class=type("Base", (DeclarativeBase,), {}))
jwt = JWTManager()
markdown = MarkdownIt("commonmark", {"breaks": True})


class User(db.Model):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    username: Mapped[str]
    display_name: Mapped[str]
    is_active: Mapped[bool]


class PostTag(db.Model):
    __tablename__ = "post_tags"
    post_id = mapped_column(Uuid, ForeignKey("posts.id"), primary_key=True)
    tag_id = mapped_column(BigInteger, ForeignKey("tags.id"), primary_key=True)
    position: Mapped[int]


class Tag(db.Model):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Post(db.Model):
    __tablename__ = "posts"
    id = mapped_column(Uuid, primary_key=True)
    author_id = mapped_column(BigInteger, ForeignKey("users.id"))
    title: Mapped[str]
    slug: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    excerpt: Mapped[str]
    word_count: Mapped[int]
    reading_minutes: Mapped[int]
    contents = mapped_column(JSON)
    own_seo_title: Mapped[str | None] = mapped_column("seo_title")
    own_seo_description: Mapped[str | None] = mapped_column("seo_description")
    canonical_url: Mapped[str | None]
    status: Mapped[str]
    published_at = mapped_column(DateTime(timezone=True))
    scheduled_at = mapped_column(DateTime(timezone=True))
    publication_failure: Mapped[str | None]
    listed_at = mapped_column(DateTime(timezone=True))
    created_at = mapped_column(DateTime(timezone=True))
    updated_at = mapped_column(DateTime(timezone=True))
    trashed_at = mapped_column(DateTime(timezone=True))
    version: Mapped[int]
    author = relationship(User)
    tags = relationship(Tag, secondary=PostTag.__table__, order_by=PostTag.position, viewonly=True)

    @property
    def seo_title(self):
        return self.own_seo_title or self.title

    @property
    def seo_description(self):
        return self.own_seo_description or self.excerpt

    @property
    def cursor(self):
        return encode_cursor(self.listed_at, self.id)

    @property
    def etag(self):
        return f'"{self.version}"'


class Comment(db.Model):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    post_id = mapped_column(Uuid, ForeignKey("posts.id"))
    parent_id = mapped_column(BigInteger)
    author_id = mapped_column(BigInteger, ForeignKey("users.id"))
    depth: Mapped[int] = mapped_column(default=0)
    body: Mapped[str]
    body_html: Mapped[str]
    created_at = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
    edited_at = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(default=1)
    author = relationship(User)

    @property
    def etag(self):
        return f'"{self.version}"'


class Instant(fields.DateTime):
    def format_iso8601(self, dt):
        return dt.isoformat().replace("+00:00", "Z")


ns = Namespace("posts", path="/api/posts")
author_model = ns.model(
    "Author",
    {"id": fields.Integer, "username": fields.String, "display_name": fields.String, "avatar": fields.Raw},
)
tag_model = ns.model("Tag", {"name": fields.String, "slug": fields.String})
heading_model = ns.model("Heading", {"level": fields.Integer, "text": fields.String, "anchor": fields.String})
_shared = {
    "id": fields.String,
    "title": fields.String,
    "slug": fields.String,
    "excerpt": fields.String,
    "author": fields.Nested(author_model),
    "word_count": fields.Integer,
    "reading_minutes": fields.Integer,
    "tags": fields.List(fields.Nested(tag_model)),
    "canonical_url": fields.String,
    "seo_title": fields.String,
    "seo_description": fields.String,
    "status": fields.String,
    "published_at": Instant,
    "scheduled_at": Instant,
    "publication_failure": fields.String,
    "created_at": Instant,
    "updated_at": Instant,
    "cover": fields.Raw,
    "card": fields.Raw,
}
summary_model = ns.model("PostSummary", {**_shared, "cursor": fields.String})
post_model = ns.model(
    "Post",
    {
        **_shared,
        "body": fields.String,
        "body_html": fields.String,
        "contents": fields.List(fields.Nested(heading_model)),
        "etag": fields.String,
        "images": fields.Raw(default=[]),
        "cover_alt_text": fields.Raw,
        "cover_caption": fields.Raw,
    },
)
comment_input = ns.model(
    "NewComment",
    {
        "body": fields.String(required=True, min_length=1, max_length=5_000),
        "parent_id": fields.Integer(min=1),
    },
)
comment_model = ns.model(
    "Comment",
    {
        "id": fields.Integer,
        "post_id": fields.String,
        # A bare Integer would show an absent parent as 0.
        "parent_id": fields.Raw,
        "depth": fields.Integer,
        "author": fields.Nested(author_model),
        "body": fields.String,
        "body_html": fields.String,
        "created_at": Instant,
        "edited_at": Instant,
        "etag": fields.String,
    },
)
list_arguments = reqparse.RequestParser()
list_arguments.add_argument("page", type=int, default=1, location="args")
list_arguments.add_argument("per_page", type=int, default=20, location="args")
list_arguments.add_argument("after", location="args")


@ns.route("")
class Posts(Resource):
    @ns.expect(list_arguments)
    @ns.marshal_list_with(summary_model)
    def get(self):
        asked = list_arguments.parse_args()
        shown = (Post.status == "published", Post.trashed_at.is_(None))
        posts = (
            select(Post)
            .where(*shown)
            .order_by(Post.listed_at.desc(), Post.id.desc())
            .options(
                joinedload(Post.author), selectinload(Post.tags), defer(Post.body), defer(Post.body_html),
                defer(Post.contents),
            )
        )  # fmt: skip
        if asked["after"] is not None:
            after = tuple_(Post.listed_at, Post.id) < decode_cursor(asked["after"])
            return db.session.scalars(posts.where(after).limit(asked["per_page"])).all()
        total = db.session.scalar(select(func.count()).select_from(Post).where(*shown))
        offset = (asked["page"] - 1) * asked["per_page"]
        found = db.session.scalars(posts.limit(asked["per_page"]).offset(offset)).all()
        return found, 200, {"X-Total-Count": str(total)}


@ns.route("/<uuid:post_id>")
class OnePost(Resource):
    @ns.response(200, "The post", post_model)
    def get(self, post_id):
        post = db.first_or_404(
            select(Post)
            .where(Post.id == post_id, Post.status.in_(("published", "archived")), Post.trashed_at.is_(None))
            .options(joinedload(Post.author), selectinload(Post.tags))
        )
        if request.if_none_match.contains_weak(post.etag.strip('"')):
            return Response(status=304, headers={"ETag": post.etag})
        return marshal(post, post_model), 200, {"ETag": post.etag}


@ns.route("/<uuid:post_id>/comments")
class Comments(Resource):
    @ns.expect(comment_input, validate=True)
    @ns.marshal_with(comment_model, code=201)
    @jwt_required()
    def post(self, post_id):
        body = ns.payload["body"]
        post = db.get_or_404(Post, post_id)
        comment = Comment(
            post_id=post.id, author=current_user, body=body, body_html=nh3.clean(markdown.render(body))
        )
        db.session.add(comment)
        db.session.commit()
        return comment, 201, {"Location": f"/api/posts/{post_id}/comments/{comment.id}"}


@jwt.user_lookup_loader
def look_up(_header, claims):
    return db.session.scalar(select(User).where(User.id == int(claims["sub"]), User.is_active))


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
        # As many as there are threads: the default of five would open and close one for every other request.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 10},
        JWT_ALGORITHM="EdDSA",
        JWT_PUBLIC_KEY=Path(os.environ["JWT_PUBLIC_KEY"]).read_text(),
        JWT_DECODE_AUDIENCE=os.environ["JWT_AUDIENCE"],
        JWT_DECODE_ISSUER=os.environ["JWT_ISSUER"],
    )
    db.init_app(app)
    jwt.init_app(app)
    api = Api(app, title="Posts", version="1.0")
    api.add_namespace(ns)
    return app
