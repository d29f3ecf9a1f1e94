"""Unique slugs of posts, and redirects from their previous slugs.

A unique constraint keeps two posts from having the same slug. That a slug does not redirect to another post is checked
after the post has been stored with it: from then on no other post can release that slug and leave a redirect.
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

from sqlalchemy import delete, exists, insert, select, union_all
from sqlalchemy.exc import IntegrityError

from service.contract.problems import Conflict
from service.core.database_errors import violated_constraint
from service.core.slugs import slugify, unique_slug
from service.extensions import db
from service.models.posts import SLUG_MAX, Post, PostSlug

# The first posts with the same title get a number, later ones a random suffix: the number of statements is bounded.
MAX_NUMBERED_SLUGS = 100
MAX_ATTEMPTS = 5
# Leaves room in SLUG_MAX for `-100` or a random suffix.
BASE_LENGTH = 80


class SlugTaken(Conflict):
    """The slug is already used by another post or redirects to one. Choose a different slug."""

    code = "SLUG_TAKEN"
    constraint = "uq_posts_slug"


def insert_with_slug(post: Post, slug: str) -> None:
    """Insert a new post with this slug.

    Raise `SlugTaken`; if another post has the slug now, the unique constraint raises it.
    """
    post.slug = slug
    db.session.add(post)
    db.session.flush()
    _reject_slug_of_other_post(post)


def insert_with_unique_slug(post: Post) -> None:
    """Insert a new post with a slug generated from its title, with a number if the slug is in use.

    If concurrent transactions keep taking the chosen slug, use a random suffix.
    """
    base = slugify(post.title, BASE_LENGTH, fallback=f"post-{post.id.hex[-12:]}")
    for _ in range(MAX_ATTEMPTS):
        try:
            # A savepoint: after a constraint violation PostgreSQL would reject all further statements.
            with db.session.begin_nested():
                insert_with_slug(post, next_available_slug(base))
            return
        except SlugTaken:
            continue
        except IntegrityError as error:
            if violated_constraint(error) != SlugTaken.constraint:
                raise
    insert_with_slug(post, _random_slug(base))


def redirect_old_slug(post: Post, former: str) -> None:
    """Keep the previous slug as a redirect, if the post was ever published; the post must be flushed with its new slug.

    A post can take back a previous slug of its own; raise `SlugTaken` for a previous slug of another post.
    """
    _reject_slug_of_other_post(post)
    db.session.execute(delete(PostSlug).where(PostSlug.slug == post.slug))
    if post.published_at is not None:
        db.session.execute(insert(PostSlug).values(slug=former, post_id=post.id))


def next_available_slug(base: str) -> str:
    """Return `base`, or the first of `base-2`, `base-3` ... that is not in use. At most two statements."""
    if not _slugs_in_use([base]):
        return base
    taken = {base}
    numbered = [base, *(f"{base}-{number}" for number in range(2, MAX_NUMBERED_SLUGS + 1))]
    taken |= _slugs_in_use(numbered)
    return unique_slug(base, taken, SLUG_MAX) if len(taken) < MAX_NUMBERED_SLUGS else _random_slug(base)


def _random_slug(base: str) -> str:
    return f"{base}-{token_hex(6)}"


def _slugs_in_use(slugs: Sequence[str]) -> set[str]:
    current = select(Post.slug).where(Post.slug.in_(slugs))
    previous = select(PostSlug.slug).where(PostSlug.slug.in_(slugs))
    return set(db.session.scalars(union_all(current, previous)))


def _reject_slug_of_other_post(post: Post) -> None:
    redirects_to_another = exists().where(PostSlug.slug == post.slug, PostSlug.post_id != post.id)
    if db.session.scalar(select(redirects_to_another)):
        raise SlugTaken
