"""Mutants that weaken authentication and authorization."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_IDENTITY = "service/core/identity.py"
_TOKENS = "service/core/tokens.py"
_PERMISSIONS = "service/posts/permissions.py"

ACCESS: tuple[Mutant, ...] = (
    mutant(
        "no token is asked for where the document asks for one",
        _IDENTITY,
        "        if optional:\n            return None\n        raise Unauthorized",
        "        return None",
        "tokens",
    ),
    mutant(
        "a malformed token counts as none",
        _IDENTITY,
        "    if match is None:\n        raise InvalidToken\n",
        "    if match is None:\n        return None\n",
        "tokens",
    ),
    mutant(
        "the signature is not verified",
        _TOKENS,
        'options={"verify_exp": False},',
        'options={"verify_exp": False, "verify_signature": False},',
        "tokens",
    ),
    mutant(
        "a token that has expired is taken",
        _TOKENS,
        '    if payload["exp"] <= time.time() - LEEWAY_S:\n        raise TokenExpired\n',
        "",
        "tokens",
    ),
    mutant(
        "a refresh token serves as access token",
        _TOKENS,
        '    if payload["type"] != kind:\n',
        '    if payload["type"] not in MEDIA_TYPES:\n',
        "tokens",
    ),
    mutant(
        "a token for another audience is taken",
        _TOKENS,
        'options={"verify_exp": False},',
        'options={"verify_exp": False, "verify_aud": False},',
        "tokens",
    ),
    mutant(
        "a token of a session that has ended is taken",
        _IDENTITY,
        "        Session.revoked_at.is_(None),\n",
        "",
        "responses: auth",
    ),
    mutant(
        "a token of a closed account is taken",
        _IDENTITY,
        "        User.is_active,\n",
        "",
        "responses: users",
        "tokens",
    ),
    mutant(
        "a used refresh token that comes back leaves its session alive",
        "service/core/sessions.py",
        "commit_on_raise = True",
        "commit_on_raise = False",
        "responses: auth",
    ),
    mutant(
        "a draft is served to everyone",
        _PERMISSIONS,
        "    return post.status in PUBLIC_STATUSES or can_edit_post(viewer, post)",
        "    return True",
        "responses: posts",
    ),
    mutant(
        "a post in the trash is served",
        _PERMISSIONS,
        "    if post.trashed_at is not None:\n        return False\n",
        "",
        "responses: posts",
    ),
    mutant(
        "a list for everyone has drafts in it",
        "service/posts/listing.py",
        '    "status": (PostRow.status == bindparam("status"), _as_it_is),\n',
        '    "status": (PostRow.status != bindparam("status"), _as_it_is),\n',
        "responses: posts",
    ),
    mutant(
        "an author lists the drafts of others",
        "service/posts/listing.py",
        '        values["viewer_id"] = viewer.id\n',
        "        pass\n",
        "responses: posts",
    ),
    mutant(
        "somebody else's post is changed",
        _PERMISSIONS,
        "    return viewer is not None and (viewer.id == post.author_id or can_edit_all_posts(viewer))",
        "    return viewer is not None",
        "responses: posts",
    ),
    mutant(
        "somebody else's comment is changed",
        "service/comments/actions.py",
        "    if caller.id != comment.author_id:\n        raise NotYourComment\n",
        "",
        "responses: comments",
    ),
    mutant(
        "somebody else's account is changed",
        "service/users/actions.py",
        "    if caller.id != user_id and not caller.is_admin:\n        raise NotYourAccount\n",
        "",
        "responses: users",
    ),
    mutant(
        "an account makes itself administrator",
        "service/users/actions.py",
        "    if access_changes and not caller.is_admin:\n        raise AdminOnly\n",
        "",
        "responses: users",
    ),
    mutant(
        "an e-mail address is shown to everyone",
        "service/users/queries.py",
        "return replace(user, email=None, role=None,",
        "return replace(user, role=None,",
        "responses: users",
    ),
    mutant(
        "the wrong password logs in",
        "service/auth/actions.py",
        "    if not verify_password(stored_hash, password) or credentials is None or stored_hash is None:",
        "    if credentials is None or stored_hash is None:",
        "responses: auth",
    ),
    mutant(
        "a limit is counted and not kept",
        "service/core/rate_limits.py",
        "    if not admitted:\n",
        "    if admitted is None:\n",
        "responses: auth",
        "responses: failures",
    ),
    mutant(
        "an author's dashboard counts the drafts of others",
        "service/dashboard/queries.py",
        "everyones, starts = can_read_all_posts(viewer), ",
        "everyones, starts = True, ",
        "responses: dashboard",
    ),
)
