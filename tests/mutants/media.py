"""Faults in media: what is accepted, who may read it, and what is lost when it is replaced or deleted."""

from __future__ import annotations

from tests.mutants.mutant import mutant

_FILES = "service/media/files.py"
_PERMISSIONS = "service/media/permissions.py"
_ACTIONS = "service/media/actions.py"
_LIBRARY = "service/media_library/actions.py"
_QUERIES = "service/media_library/queries.py"
_CHECK = "responses: media"

MEDIA = (
    mutant("the position of a photo is published", _FILES, "        remove_metadata(path)\n", "", _CHECK),
    mutant("an empty file is stored", _FILES, "    if size == 0:\n", "    if size < 0:\n", _CHECK),
    mutant(
        "a file may be as large as it likes",
        _FILES,
        "    if size > limit:\n",
        "    if size > limit * 100:\n",
        _CHECK,
    ),
    mutant(
        "any file is taken by its name",
        "service/media/document_types.py",
        "    return _TYPE_BY_ENDING[ending] if _RECOGNIZED[ending](head, path) else None\n",
        "    return _TYPE_BY_ENDING[ending]\n",
        _CHECK,
    ),
    mutant(
        "what a post in the trash shows is public",
        _PERMISSIONS,
        "            Post.status.in_(PUBLIC_STATUSES) & Post.trashed_at.is_(None),\n",
        "            Post.status.in_(PUBLIC_STATUSES),\n",
        _CHECK,
    ),
    mutant(
        "readers of a draft do not see its images",
        _PERMISSIONS,
        "    return or_(Media.uploader_id == account_id, drafts.exists(), is_public)\n",
        "    return or_(Media.uploader_id == account_id, is_public)\n",
        _CHECK,
    ),
    mutant(
        "authors list the uploads of all",
        _PERMISSIONS,
        "    return _readable_by_account(literal(reader.id))\n",
        "    return true()\n",
        _CHECK,
    ),
    mutant(
        "authors change what others have uploaded",
        _LIBRARY,
        "    if not can_edit_media(caller, media.uploader_id):\n        raise NotYourMedia\n    # After",
        "    # After",
        _CHECK,
    ),
    mutant(
        "a rendition that becomes ready hinders an edit",
        _LIBRARY,
        "    precondition.check(media_etag(media), without_variant)\n",
        "    precondition.check(media_etag(media))\n",
        _CHECK,
    ),
    mutant(
        "304 although renditions have become ready",
        _QUERIES,
        '    return entity_tag(row.version, variant=f".{row.renditions_version}")\n',
        "    return entity_tag(row.version)\n",
        _CHECK,
    ),
    mutant(
        "a former file is forgotten when it is replaced again",
        _ACTIONS,
        "    former_name = media.name\n    db.session.add(\n",
        "    former_name = media.name\n    db.session.execute(delete(FormerMediaName))\n    db.session.add(\n",
        _CHECK,
    ),
    mutant(
        "the files of a deleted media stay",
        _ACTIONS,
        "    enqueue(delete_files, names=list(names))\n",
        "",
        _CHECK,
    ),
    mutant(
        "a bulk deletion takes what is used",
        _LIBRARY,
        "        elif media_id in used:\n",
        "        elif media_id not in found:\n",
        _CHECK,
    ),
    mutant(
        "the use of a draft tells its title to everybody",
        _QUERIES,
        "    is_own = can_edit_all_posts(viewer) or row.author_id == viewer.id\n",
        "    is_own = True\n",
        _CHECK,
    ),
    mutant(
        "whoever was demoted gets the file that was fetched",
        "service/media_library/fetching.py",
        "    if row is None or not row.is_active or not row.role.at_least(Role.AUTHOR):\n",
        "    if row is None:\n",
        _CHECK,
    ),
)
