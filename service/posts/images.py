"""The images of posts: cover, card image and those of the body, and which media a post uses.

`posts.cover`, `card` and `images` are copies of the media in wire form, so that reads join nothing. Whoever writes a
post sets them, and records its uses, in the same transaction:

    found = set_images([post], caller)      # before the flush
    db.session.flush()
    record_uses(found)                      # behind it: uses refer to the row

What happens to media afterwards is brought to the posts by `refreshing`. Media are locked FOR SHARE here, behind tags
and posts and in the order of their ids: who changes one commits before that, and is seen, or after it, and then finds
the use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import delete, insert, inspect, or_, select, true

from service.contract.problems import Conflict
from service.core.identity import Identity
from service.extensions import db
from service.media.images import find_media_by_names, load_images
from service.media.permissions import usable_by
from service.models.media import Media, MediaKind, MediaRole, MediaUse
from service.models.posts import Post as PostRow
from service.posts.media_links import IMAGES_MAX, MediaLink, media_links

# Ids in one statement: below the parameter limits of both drivers.
CHUNK_SIZE = 500
# The columns that `set_images` reads.
IMAGE_INPUTS = frozenset({"body_html", "cover_id", "cover_alt_text", "cover_caption", "card_id"})

Use = tuple[UUID, MediaRole]
Image = dict[str, Any]


class ImageNotFound(Conflict):
    """There is no image with this `cover_id` or `card_id`, or it is another author's and unpublished.

    You can use your own uploads and every image that you can see in a post; editors can use all.
    """

    code = "IMAGE_NOT_FOUND"


class MediaNotImage(Conflict):
    """The file with this `cover_id` or `card_id` is not an image. Choose an image."""

    code = "MEDIA_NOT_IMAGE"


IMAGE_PROBLEMS = (ImageNotFound, MediaNotImage)


class ShowsImages(Protocol):
    """The columns of a post that its images depend on; implemented by `Post` rows and by rows of selects."""

    id: Any
    body_html: Any
    cover_id: Any
    cover_alt_text: Any
    cover_caption: Any
    card_id: Any


@dataclass(frozen=True, slots=True)
class PostImages:
    """What a post shows and uses; `columns` are `cover`, `card` and `images`."""

    columns: Mapping[str, Any]
    uses: frozenset[Use]
    recorded: frozenset[Use]


@dataclass(frozen=True, slots=True)
class _LockedMedia:
    """A file that is used, locked until the transaction ends."""

    id: UUID
    is_image: bool
    is_usable: bool


def set_images(posts: Sequence[PostRow], editor: Identity | None = None) -> Mapping[UUID, PostImages]:
    """Set the image columns of posts that are written, and return their images for `record_uses`.

    Of what the bodies name, `editor` has to be allowed to use it, or it is no use; None may use everything, as an
    import does. No SELECT for posts without files that are new, at most three otherwise. Raise `ImageNotFound`,
    `MediaNotImage`.
    """
    # The posts are incomplete: a query must not flush them.
    with db.session.no_autoflush:
        stored = [post.id for post in posts if inspect(post).persistent]
        found = find_images(posts, recorded_uses(stored), editor)
    for post in posts:
        for name, value in found[post.id].columns.items():
            setattr(post, name, value)
    return found


def record_uses(found: Mapping[UUID, PostImages]) -> None:
    """Record which media the posts use. At most one DELETE per post and one INSERT; none if nothing has changed."""
    added: list[dict[str, Any]] = []
    for post_id, images in found.items():
        if gone := images.recorded - images.uses:
            conditions = (
                (MediaUse.media_id == media_id) & (MediaUse.role == role) for media_id, role in gone
            )
            uses = delete(MediaUse).where(MediaUse.post_id == post_id, or_(*conditions))
            db.session.execute(uses, execution_options={"synchronize_session": False})
        added += [
            {"media_id": media_id, "post_id": post_id, "role": role}
            for media_id, role in sorted(images.uses - images.recorded)
        ]
    if added:
        db.session.execute(insert(MediaUse), added)


def recorded_uses(post_ids: Sequence[UUID]) -> dict[UUID, frozenset[Use]]:
    """Return the uses of posts as they are recorded. One SELECT, none without posts."""
    uses: dict[UUID | None, set[Use]] = {post_id: set() for post_id in post_ids}
    if uses:
        rows = select(MediaUse.post_id, MediaUse.media_id, MediaUse.role).where(MediaUse.post_id.in_(uses))
        for post_id, media_id, role in db.session.execute(rows):
            uses[post_id].add((media_id, role))
    return {post_id: frozenset(uses[post_id]) for post_id in post_ids}


def find_images(
    posts: Sequence[ShowsImages],
    recorded: Mapping[UUID, frozenset[Use]],
    editor: Identity | None = None,
    *,
    only_recorded: bool = False,
) -> dict[UUID, PostImages]:
    """Return the images of posts, and lock their media. Two SELECTs, none if there are no files.

    `only_recorded`: what a post does not use yet, it does not use. Raise `ImageNotFound`, `MediaNotImage`.
    """
    links = {post.id: media_links(post.body_html) for post in posts}
    chosen = {media_id for post in posts for media_id in (post.cover_id, post.card_id) if media_id}
    by_stem = _lock_media(chosen, [link for those in links.values() for link in those], editor)
    by_id = {media.id: media for media in by_stem.values()}
    images = load_images([media.id for media in by_id.values() if media.is_image])

    def found(post: ShowsImages) -> PostImages:
        known = recorded.get(post.id, frozenset())
        own = {media_id for media_id, _ in known}

        def is_usable(media: _LockedMedia) -> bool:
            return media.id in own or (media.is_usable and not only_recorded)

        for media_id in filter(None, (post.cover_id, post.card_id)):
            if media_id not in by_id or not is_usable(by_id[media_id]):
                raise ImageNotFound
            if not by_id[media_id].is_image:
                raise MediaNotImage
        in_body = [
            (link, media)
            for link in links[post.id]
            if (media := by_stem.get(link.stem)) is not None and is_usable(media)
        ]
        shown = [images[media.id] for link, media in in_body if link.is_shown and media.is_image]
        uses = {(media.id, MediaRole.BODY) for _, media in in_body}
        uses |= {(post.cover_id, MediaRole.COVER)} if post.cover_id else set()
        uses |= {(post.card_id, MediaRole.CARD)} if post.card_id else set()
        columns = {
            "cover": _cover(post, images.get(post.cover_id)),
            "card": images.get(post.card_id),
            "images": shown[:IMAGES_MAX],
        }
        return PostImages(columns, frozenset(uses), known)

    return {post.id: found(post) for post in posts}


def _cover(post: ShowsImages, image: Image | None) -> Image | None:
    """Return the cover with the texts that the post has of its own."""
    if image is None:
        return None
    own = {"alt_text": post.cover_alt_text, "caption": post.cover_caption}
    return {**image, **{name: text for name, text in own.items() if text is not None}}


def _lock_media(
    ids: set[UUID], links: Sequence[MediaLink], editor: Identity | None
) -> dict[str, _LockedMedia]:
    """Lock the media with these ids and names FOR SHARE, and return them by the stems of all their names."""
    names = find_media_by_names({name for link in links for name in link.possible_names})
    usable = true() if editor is None else usable_by(editor)
    found: dict[str, _LockedMedia] = {}
    media_ids = sorted({*ids, *names.values()})
    for start in range(0, len(media_ids), CHUNK_SIZE):
        chunk = media_ids[start : start + CHUNK_SIZE]
        media = select(Media.id, Media.name, Media.kind, usable.label("is_usable")).where(Media.id.in_(chunk))
        for row in db.session.execute(media.order_by(Media.id).with_for_update(read=True, of=Media)):
            locked = _LockedMedia(row.id, row.kind is MediaKind.IMAGE, row.is_usable)
            former = [name for name, media_id in names.items() if media_id == row.id]
            found |= {name.partition(".")[0]: locked for name in (row.name, *former)}
    return found
