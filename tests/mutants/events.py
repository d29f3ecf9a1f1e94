"""Faults in events: who hears of what, what a message leaves out, and what it gives away."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant, mutant

_DATA = "service/core/event_data.py"
_DELETION = "service/users/deletion.py"

EVENTS: tuple[Mutant, ...] = (
    mutant(
        "a message about a post loses its path",
        _DATA,
        '        "path": post_path(found.slug),\n        "previous_slugs"',
        '        "previous_slugs"',
        "events",
    ),
    mutant(
        "a message does not name the former slugs of a post",
        _DATA,
        '        "previous_slugs": list(previous),\n',
        '        "previous_slugs": [],\n',
        "events",
    ),
    mutant(
        "a message tells the title of a draft",
        _DATA,
        '    if found.status not in PUBLIC_STATUSES and name != "post.unpublished":\n',
        '    if found.status is None and name != "post.unpublished":\n',
        "events",
    ),
    mutant(
        "a message tells the name of a tag that only drafts have",
        _DATA,
        "    if row is None or not is_seen:\n",
        "    if row is None:\n",
        "events",
    ),
    mutant(
        "a message about a comment has the slug of a post that is a draft again",
        _DATA,
        "type_=Post.id.type)) & _is_public_post(), isouter=True)",
        "type_=Post.id.type)), isouter=True)",
        "events",
    ),
    mutant(
        "a message about an import names the drafts in it",
        _DATA,
        "    slug = post.slug if post.status in PUBLIC_STATUSES else None\n",
        "    slug = post.slug\n",
        "events",
    ),
    mutant(
        "nobody hears of a merged tag",
        "service/tags/actions.py",
        '    emit("tag.merged", tag_id=tag_id, into_id=into)\n',
        "",
        "events",
    ),
    mutant(
        "nobody hears of an import",
        "service/importing/batch_writer.py",
        '    if created or updated:\n        emit("posts.imported", ',
        '    if not (created or updated):\n        emit("posts.imported", ',
        "events",
    ),
    Mutant(
        "an account is told of when its name is gone",
        ("events",),
        (
            Change(_DELETION, '    emit("user.deleted", user_id=user.id)\n', ""),
            Change(
                _DELETION,
                "    db.session.delete(user)\n    db.session.flush()\n",
                '    db.session.delete(user)\n    db.session.flush()\n    emit("user.deleted", user_id=user.id)\n',
            ),
        ),
    ),
    mutant(
        "a change adds a job where nobody listens",
        "service/core/events.py",
        " if task.is_wanted(name)]\n",
        "]\n",
        "events",
    ),
    mutant(
        "a model of a message promises less than is sent",
        "service/events/schemas.py",
        '        "published_at": _time(\n',
        '        "first_published_at": _time(\n',
        "events",
    ),
    mutant(
        "a webhook without an example is exported",
        "service/contract/document/lint.py",
        '            *_examples({**webhook, "responses": {}}, document, references),\n',
        "",
        "contract layer",
    ),
    mutant(
        "a message with more than the document says is taken for one that conforms",
        "service/contract/checks/messages.py",
        '    return {**copied, "additionalProperties": False} if is_object else copied\n',
        "    return copied if is_object else schema\n",
        "contract layer",
    ),
)
