"""At which slug is a post, and which ones lead to it? A slug belongs to one post for as long as it leads anywhere.

The database lets no two posts have one slug. That none is given away which still redirects to another post is
asked after the post has it: from then on nobody else can leave it behind.
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

# Of this many posts with one title each gets a number; those after them something random, in as many statements.
NUMBERED = 100
TRIES = 5
# Room for `-100` and for what is random, in what `slugify` leaves.
BASE_LENGTH = 80


class SlugTaken(Conflict):
    """Another post answers to this slug, or has answered to it and redirects from there."""

    code = "SLUG_TAKEN"
    constraint = "uq_posts_slug"


def add_at_slug(post: Post, slug: str) -> None:
    """Insert a new post at this slug.

    Raise `SlugTaken`; for a slug that another post has at present that is found out by the database.
    """
    post.slug = slug
    db.session.add(post)
    db.session.flush()
    _refuse_old_slug(post)


def add_at_free_slug(post: Post) -> None:
    """Insert a new post at a slug made from its title, numbered where others have it.

    Where others keep taking what was free a moment ago, it gets something random behind it.
    """
    base = slugify(post.title, BASE_LENGTH, fallback=f"post-{post.id.hex[-12:]}")
    for _ in range(TRIES):
        try:
            with db.session.begin_nested():
                add_at_slug(post, free_slug(base))
            return
        except SlugTaken:
            continue
        except IntegrityError as error:
            if violated_constraint(error) != SlugTaken.constraint:
                raise
    add_at_slug(post, _random(base))


def leave_slug(post: Post, former: str) -> None:
    """Settle what becomes of the slug that a post had until now; the post is stored at its new one.

    It redirects from now on if the post was ever published. An own old slug can be taken back; raise `SlugTaken`
    for one of another post.
    """
    _refuse_old_slug(post)
    db.session.execute(delete(PostSlug).where(PostSlug.slug == post.slug))
    if post.published_at is not None:
        db.session.execute(insert(PostSlug).values(slug=former, post_id=post.id))


def free_slug(base: str) -> str:
    """Return `base`, or the first of `base-2`, `base-3` ... that leads nowhere now. Two statements at most."""
    if not _taken([base]):
        return base
    taken = {base}
    numbered = [base, *(f"{base}-{number}" for number in range(2, NUMBERED + 1))]
    taken |= _taken(numbered)
    return unique_slug(base, taken, SLUG_MAX) if len(taken) < NUMBERED else _random(base)


def _random(base: str) -> str:
    return f"{base}-{token_hex(6)}"


def _taken(slugs: Sequence[str]) -> set[str]:
    present = select(Post.slug).where(Post.slug.in_(slugs))
    former = select(PostSlug.slug).where(PostSlug.slug.in_(slugs))
    return set(db.session.scalars(union_all(present, former)))


def _refuse_old_slug(post: Post) -> None:
    of_another = exists().where(PostSlug.slug == post.slug, PostSlug.post_id != post.id)
    if db.session.scalar(select(of_another)):
        raise SlugTaken
