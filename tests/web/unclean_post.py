"""A draft as no operation writes one any more: its texts are full of characters that XML cannot contain."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.models.base import utcnow
from service.models.ids import uuid7
from service.models.posts import Post
from service.models.tags import PostTag, Tag
from service.models.users import Role, User

# Every control character but NUL, noncharacters inside and beyond the Basic Multilingual Plane, and what is markup.
# Lone surrogates are missing: no database stores them.
UNCLEAN = "".join(
    [
        *map(chr, [*range(1, 0x20), *range(0x7F, 0xA0)]),
        *"\ufdd0\ufffe\uffff\U0001fffe\U0010ffff\u2028\u200b",
        "]]><![CDATA[<!--&<>\"'&#1;",
    ]
)
# The same for short names.
UNCLEAN_NAME = "".join([*map(chr, range(1, 0x20)), *"\x7f\x85\x9f\ufffe\uffff", "]]>&<"])


def insert_unclean_post(database: Path) -> str:
    """Insert the draft past the service, with its author and tag; return its id."""
    engine = sa.create_engine(f"sqlite:///{database}")
    with Session(engine) as session:
        author = User(
            username="unclean", display_name=f"Author{UNCLEAN_NAME}", role=Role.AUTHOR, bio=f"Bio{UNCLEAN}"
        )
        name = f"Tag{UNCLEAN_NAME}"
        tag = Tag(name=name, name_key=name, slug="unclean")
        session.add_all([author, tag])
        session.flush()
        now = utcnow()
        post = Post(
            id=uuid7(),
            author_id=author.id,
            title=f"Unclean{UNCLEAN}",
            slug="unclean",
            body=f"Body{UNCLEAN}",
            body_html=f"<p>Body{UNCLEAN}</p>",
            excerpt=f"Excerpt{UNCLEAN}",
            has_own_excerpt=True,
            word_count=1,
            reading_minutes=1,
            contents=[],
            tag_list=[{"name": name, "slug": tag.slug}],
            created_at=now,
            updated_at=now,
            listed_at=now,
            search_key="unclean",
        )
        session.add(post)
        session.flush()
        session.add(PostTag(post_id=post.id, tag_id=tag.id, position=0))
        session.commit()
        number = str(post.id)
    engine.dispose()
    return number
