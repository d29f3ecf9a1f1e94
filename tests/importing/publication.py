"""What tests of importing share: a folder to import, the import, and everything there is afterwards."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.config import settings
from service.core.database import transaction
from service.extensions import db
from service.importing.actions import ImportReport, import_tree
from service.importing.export_metadata import KEY
from service.importing.trees import SourceTree, read_tree
from service.media.actions import add_media
from service.media.files import inspect_file, store_file
from service.models.media import Media, MediaUse
from service.models.posts import Post, PostSlug, Redirect
from service.models.tags import PostTag, Tag
from service.models.users import User
from service.posts.images import record_uses, set_images

HEAD = '+++\ntitle = "T"\ndate = 2024-01-02\n'


def png(shade: int = 0) -> bytes:
    """Return a grey image of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b"")
    )


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files under `folder` and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def uploaded(data: bytes, file_name: str = "p.png", **texts: Any) -> Media:
    """Store a file as an upload does, and return its row."""
    path = settings().var_dir / "upload"
    path.write_bytes(data)
    try:
        stored = store_file(inspect_file(path, file_name))
    finally:
        path.unlink()
    with transaction():
        media = add_media(stored, uploader_id=None, is_imported=True, **texts)
        db.session.flush()
        db.session.expunge(media)
    return media


def show(post: Post, **columns: Any) -> None:
    """Set columns of a post, such as its cover, and record what it shows."""
    with transaction() as session:
        found = session.get(Post, post.id)
        for name, value in columns.items():
            setattr(found, name, value)
        images = set_images([found])
        session.flush()
        record_uses(images)


def media_names() -> list[str]:
    """Return the names of all media, the oldest first."""
    db.session.remove()
    with db.engine.connect() as connection:
        return [*connection.scalars(sa.select(Media.name).order_by(Media.id))]


def post(title: str = "T", body: str = "Text.", date: str = "2024-01-02", front: str = "") -> str:
    """Return a file of a Zola site."""
    dated = f"date = {date}\n" if date else ""
    return f'+++\ntitle = "{title}"\n{dated}{front}\n+++\n{body}\n'


def imported(folder: Path, *, default_author_id: int | None = None, dry_run: bool = False) -> ImportReport:
    """Import a folder."""
    return imported_tree(read_tree(folder), default_author_id=default_author_id, dry_run=dry_run)


def imported_tree(
    tree: SourceTree, *, default_author_id: int | None = None, dry_run: bool = False
) -> ImportReport:
    """Import the posts of a folder or an archive."""
    report = import_tree(tree, default_author_id=default_author_id, dry_run=dry_run)
    db.session.remove()
    return report


def at(slug: str) -> Post:
    """Return the post at a slug, as it is in the database now."""
    db.session.remove()
    return db.session.scalars(sa.select(Post).where(Post.slug == slug)).one()


def everything() -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    db.session.remove()
    with db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table))))
            for table in db.metadata.sorted_tables
        }


def publication() -> dict[str, Any]:
    """Return all that readers can tell of the posts, and what an import keeps beside.

    Without what is the database's own: ids of accounts, tags and media, counters of versions, the files that posts
    came from. Stored files have their digest for a name, which is random.
    """
    db.session.remove()
    with db.engine.connect() as connection:
        stems = {
            row.name.partition(".")[0]: f"sha256-{row.sha256[:12]}" for row in connection.execute(_files)
        }
        posts = {row.id: _facts(row, stems) for row in connection.execute(_posts)}
        for post_id, role, *said in connection.execute(_uses):
            posts[post_id].setdefault("media", set()).add((role, *said))
        for post_id, *tag in connection.execute(_tags):
            posts[post_id]["tags"].append(tuple(tag))
        for name, table in (("redirects", Redirect), ("former slugs", PostSlug)):
            rows = connection.execute(sa.select(*table.__table__.columns)).mappings()
            for row in rows:
                posts[row["post_id"]].setdefault(name, set()).add(row.get("path") or row.get("slug"))
    return {facts["slug"]: facts for facts in posts.values()}


_own = {"author_id", "source", "source_hash", "version", "images_version", "cover_id", "card_id"}
# What jobs make of an image afterwards.
_RENDERED = ("sources", "crops", "dominant_color", "placeholder")
_files = sa.select(Media.name, Media.sha256)
_uses = sa.select(
    MediaUse.post_id,
    MediaUse.role,
    Media.sha256,
    Media.file_name,
    Media.media_type,
    Media.kind,
    Media.size_bytes,
    Media.width,
    Media.height,
    Media.alt_text,
    Media.caption,
    Media.credit,
    Media.focal_x,
    Media.focal_y,
).join(Media, Media.id == MediaUse.media_id)
_posts = sa.select(
    *(column for column in Post.__table__.columns if column.name not in _own),
    User.username,
    User.display_name,
).outerjoin(User, User.id == Post.author_id)
_tags = (
    sa.select(PostTag.post_id, PostTag.position, Tag.name, Tag.slug)
    .join(Tag, Tag.id == PostTag.tag_id)
    .order_by(PostTag.post_id, PostTag.position)
)


def _facts(row: Any, stems: Mapping[str, str]) -> dict[str, Any]:
    facts = {**row._mapping, "tags": []}
    facts["extra"] = {key: value for key, value in row.extra.items() if key != KEY}
    for name in ("body", "body_html", "cover", "card", "images", "search_key"):
        text = json.dumps(facts[name])
        for stem, digest in stems.items():
            text = text.replace(stem, digest)
        facts[name] = json.loads(text)
    for image in filter(None, (facts["cover"], facts["card"], *(facts["images"] or ()))):
        for name in ("id", *_RENDERED):
            del image[name]
    return facts
