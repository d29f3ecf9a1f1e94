"""Mutants that let somebody do what the table of verdicts denies, and those of what the document says of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

AUTHORIZATION: tuple[Mutant, ...] = (
    mutant(
        "editors export all posts",
        "service/core/permissions.py",
        '    """Allow admins to export all posts, drafts included."""\n    return identity.is_admin\n',
        '    """Allow admins to export all posts, drafts included."""\n    return can_edit_all_posts(identity)\n',
        "authorization",
    ),
    mutant(
        "an API key opens the dashboard with another scope",
        "service/dashboard/routes.py",
        'scope="posts:read"',
        'scope="comments:read"',
        "authorization",
    ),
    mutant(
        "the document says that editors change everyone's comments",
        "service/comments/routes.py",
        "    @owner_only\n",
        "    @owner_or(can_edit_all_posts)\n",
        "authorization",
    ),
    mutant(
        "the secret of a webhook is replaced without a step-up",
        "service/webhooks/actions.py",
        "    require_step_up(caller)\n    endpoint = _lock(webhook_id)\n",
        "    endpoint = _lock(webhook_id)\n",
        "authorization",
    ),
    mutant(
        "the number of posts with a tag tells of drafts",
        "service/tags/queries.py",
        "PostTag.tag_id == TagRow.id, Post.status == PostStatus.PUBLISHED, Post.trashed_at.is_(None))",
        "PostTag.tag_id == TagRow.id, Post.trashed_at.is_(None))",
        "authorization",
        "responses: tags",
    ),
)
