"""Mutants whose responses differ from the document."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_FORMATS = "service/contract/marshalling/formats.py"
_POSTS = "service/posts"

ANSWERS: tuple[Mutant, ...] = (
    mutant(
        "a required field is left out: the etag of a post",
        f"{_POSTS}/read_models.py",
        "        return entity_tag(self.version)",
        "        return None  # type: ignore[return-value]",
        "responses: posts",
    ),
    mutant(
        "a field that is never null is null: the title for search engines",
        f"{_POSTS}/read_models.py",
        "func.coalesce(PostRow.seo_title, PostRow.title)",
        "PostRow.seo_title.expression",
        "responses: posts",
    ),
    mutant(
        "a number is sent as text: the words of a post",
        _FORMATS,
        'Scalar(fields.Integer, integer, "type({v}) is not int", int)',
        'Scalar(fields.Integer, text, "True")',
        "responses: items",
    ),
    mutant(
        "an instant has another format",
        _FORMATS,
        '        instant,\n        "type({v}) is not datetime',
        "        lambda value: value.isoformat(' '),\n        \"True or type({v}) is not datetime",
        "responses: items",
    ),
    mutant(
        "a value outside of its bounds: a comment's depth counts from -1",
        "service/comments/queries.py",
        "        depth=row.depth,\n        author=author,",
        "        depth=row.depth - 1,\n        author=author,",
        "responses: comments",
    ),
    mutant(
        "a value that the enum does not have: a post is `public`",
        f"{_POSTS}/queries.py",
        "    return Post(*_require_readable(viewer, row))",
        "    post = Post(*_require_readable(viewer, row))\n"
        '    post.status = "public"  # type: ignore[assignment]\n    return post',
        "responses: posts",
    ),
    mutant(
        "a stream of events keeps its connection to the database while it waits",
        "service/jobs/streams.py",
        "    with app.app_context(), suppress(",
        "    app.app_context().push()\n    with suppress(",
        "responses: jobs",
    ),
    mutant(
        "an event comes again to a client that has it",
        "service/jobs/streams.py",
        "        if job.version != last_event_id:\n",
        "        if True:\n",
        "responses: jobs",
    ),
    mutant(
        "to report progress commits what the task has done",
        "service/core/jobs/running.py",
        "        self.progress = Progress(done, total, message)\n",
        "        self.progress = Progress(done, total, message)\n"
        '        __import__("service.extensions").extensions.db.session.commit()\n',
        "jobs",
    ),
    mutant(
        "readiness does not see that no worker runs",
        "service/health/queries.py",
        "> settings().job_late_after_s",
        "> settings().job_late_after_s * 1_000",
        "responses: health",
    ),
    mutant(
        "another status than declared: a draft is answered with 200",
        f"{_POSTS}/routes.py",
        'return post, 201, {"Location"',
        'return post, 200, {"Location"',
        "responses: posts",
    ),
    mutant(
        "a body where none is declared: 204 says what it deleted",
        "service/contract/dispatch.py",
        "or (marshal is _no_content):\n            return _empty_response(status, headers)",
        'or (marshal is _no_content):\n            return Response(b"null", status, headers)',
        "responses: posts",
    ),
    mutant(
        "a declared header is missing: the total of a list",
        "service/core/pagination.py",
        'return {"X-Total-Count": str(result.total), "Link": links}',
        'return {"Link": links}',
        "responses: tags",
    ),
    mutant(
        "a declared header is missing: where a new item is",
        "service/items/routes.py",
        ', 201, {"Location": f"/api/items/{item.id}"}',
        ", 201, {}",
        "responses: items",
    ),
    mutant(
        "a header that nobody declared",
        "service/contract/dispatch.py",
        "        body = orjson.dumps(marshal(data) if marshal else data, option=JSON_OPTIONS)",
        '        headers["X-Served-By"] = "worker"\n'
        "        body = orjson.dumps(marshal(data) if marshal else data, option=JSON_OPTIONS)",
        "responses: items",
    ),
    mutant(
        "another media type: problems are sent as application/json",
        "service/contract/error_handlers.py",
        "content_type=PROBLEM_JSON)",
        'content_type="application/json")',
        "responses: items",
    ),
    mutant(
        "another shape of error: RESTX's own message",
        "service/contract/problems.py",
        '        "detail": detail,\n        "code": code,',
        '        "message": detail,\n        "code": code,',
        "responses: items",
    ),
    mutant(
        "an error says another status than it has",
        "service/contract/problems.py",
        '        "status": status,\n        "detail": detail,',
        '        "status": 400,\n        "detail": detail,',
        "responses: items",
    ),
    mutant(
        "an error has a code that its operation does not declare",
        f"{_POSTS}/publishing.py",
        "        raise AlreadyPublished",
        "        raise Conflict",
        "responses: posts",
    ),
    mutant(
        "an error has a status that its operation does not declare",
        "service/tags/actions.py",
        "class TagNameTaken(Conflict):",
        "class TagNameTaken(NotFound):",
        "responses: tags",
    ),
    mutant(
        "an error loses its header: 401 without WWW-Authenticate",
        "service/contract/problems.py",
        'super().__init__(detail, headers={"WWW-Authenticate": "Bearer", **(headers or {})})',
        "super().__init__(detail, headers=headers)",
        "responses: auth",
    ),
    mutant(
        "an error loses its header: 503 without Retry-After",
        "service/contract/problems.py",
        'super().__init__(detail, headers={"Retry-After": "5", **(headers or {})})',
        "super().__init__(detail, headers=headers)",
        "responses: failures",
    ),
    mutant(
        "an error tells what the driver said",
        "service/contract/error_handlers.py",
        "or problems.InternalServerError()\n",
        "or problems.InternalServerError(str(original))\n",
        "responses: failures",
    ),
    mutant(
        "an unexpected method is a page of HTML",
        "service/contract/error_handlers.py",
        "        return problem_response(_problem_from_http_exception(error))\n",
        "        return error if error.code == 405 else problem_response(_problem_from_http_exception(error))\n",
        "responses: failures",
    ),
    mutant(
        "a list is not sorted as it says",
        f"{_POSTS}/listing.py",
        'order = (instant.desc(), PostRow.id.desc()) if sort[0] == "-"',
        'order = (instant.asc(), PostRow.id.asc()) if sort[0] == "-"',
        "responses: posts",
    ),
    mutant(
        "the next part of a list repeats an item",
        f"{_POSTS}/listing.py",
        "position < _cursor_position if",
        "position <= _cursor_position if",
        "responses: posts",
    ),
    mutant(
        "a link to the next page where there is none",
        "service/core/pagination.py",
        "    if number < last:\n",
        "    if number <= last:\n",
        "lists",
    ),
    mutant(
        "304 although the post has changed",
        f"{_POSTS}/queries.py",
        "return entity_tag(row.version) if row is not None and can_read_post(viewer, row) else None",
        "return entity_tag(1) if row is not None and can_read_post(viewer, row) else None",
        "responses: posts",
    ),
    mutant(
        "a thing that was deleted is still there",
        f"{_POSTS}/actions.py",
        "    post.trashed_at = utcnow()\n",
        "    post.updated_at = utcnow()\n",
        "responses: posts",
    ),
    mutant(
        "an image is sent as something else",
        "service/media/routes.py",
        "Response(reader, content_type=reader.info.media_type)",
        'Response(reader, content_type="text/html")',
        "responses: media",
    ),
)
