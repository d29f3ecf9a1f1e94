"""Redirects from the previous paths of imported posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import insert, select, union_all, update

from service.core.post_paths import post_path, slug_from_path
from service.extensions import db
from service.models.posts import PATH_MAX, SLUG_MAX, Post, PostSlug, Redirect

PathReleased = Callable[[UUID, str], bool]


def add_redirects(post: Post, paths: Iterable[str], has_released_path: PathReleased) -> list[str]:
    """Add redirects from `paths` to a stored post; return the paths that belong to another post and are left alone.

    Existing redirects to the post stay, even if its file no longer lists them.
    """
    paths = [path for path in paths if len(path) <= PATH_MAX and path != post_path(post.slug)]
    slugs = [slug for path in paths if (slug := _own_slug(path)) is not None]
    elsewhere = _add_slugs(post, slugs)
    return [
        *elsewhere,
        *_add_paths(post, [path for path in paths if _own_slug(path) is None], has_released_path),
    ]


def _own_slug(path: str) -> str | None:
    slug = slug_from_path(path)
    return slug if slug is not None and len(slug) <= SLUG_MAX else None


def _add_slugs(post: Post, slugs: list[str]) -> list[str]:
    if not slugs:
        return []
    present = select(Post.slug, Post.id).where(Post.slug.in_(slugs))
    former = select(PostSlug.slug, PostSlug.post_id).where(PostSlug.slug.in_(slugs))
    holders = dict(db.session.execute(union_all(present, former)).all())
    new = [{"slug": slug, "post_id": post.id} for slug in slugs if slug not in holders]
    if new:
        db.session.execute(insert(PostSlug), new)
    return [post_path(slug) for slug in slugs if holders.get(slug, post.id) != post.id]


def _add_paths(post: Post, paths: list[str], has_released_path: PathReleased) -> list[str]:
    if not paths:
        return []
    existing = select(Redirect.path, Redirect.post_id).where(Redirect.path.in_(paths))
    holders = dict(db.session.execute(existing).all())
    new = [{"path": path, "post_id": post.id} for path in paths if path not in holders]
    if new:
        db.session.execute(insert(Redirect), new)
    others = [path for path in paths if holders.get(path, post.id) != post.id]
    moving = [path for path in others if has_released_path(holders[path], path)]
    if moving:
        db.session.execute(update(Redirect).where(Redirect.path.in_(moving)).values(post_id=post.id))
    return [path for path in others if path not in moving]
