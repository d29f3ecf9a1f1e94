"""Mutants in request validation: too lax or too strict."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, mutant

_VALIDATION = "service/contract/validation.py"
_BODIES = "service/contract/parsing/json_body.py"
_PARAMETERS = "service/contract/parsing/parameters.py"
_TYPES = "service/contract/types.py"
_FORMS = "service/contract/parsing/form_body.py"
_UPLOADS = "service/core/uploads/files.py"

REQUESTS: tuple[Mutant, ...] = (
    mutant(
        "a body is not validated",
        _VALIDATION,
        "        if self._compiled.is_valid(instance):\n            return\n",
        "        return\n",
        "contract run",
    ),
    mutant(
        "formats are not validated",
        _VALIDATION,
        "self._compiled = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)",
        "self._compiled = jsonschema_rs.Draft202012Validator(whole, validate_formats=False)",
        "responses: users",
        "contract layer",
    ),
    mutant(
        "`$` matches before a line break at the end",
        _TYPES,
        "is_valid = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid",
        "is_valid = lambda value: jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(\n"
        '            value.removesuffix("\\n")\n        )',
        "contract layer",
    ),
    mutant(
        "integers are taken leniently: +3, 03",
        _TYPES,
        '_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")',
        '_WHOLE = re.compile(r"[+-]?[0-9]+")',
        "contract layer",
    ),
    mutant(
        "integers are taken leniently: digits of other scripts",
        _TYPES,
        '_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")',
        '_WHOLE = re.compile(r"-?(?:0|[1-9]\\d*)")',
        "contract layer",
    ),
    mutant(
        "integers are taken leniently: beyond their bounds",
        _TYPES,
        "            if minimum <= value <= maximum:\n                return value\n",
        "            return value\n",
        "responses: tags",
        "contract layer",
    ),
    mutant(
        "unknown query parameters are ignored",
        _PARAMETERS,
        "        if self._strict and not (",
        "        if not self._strict and not (",
        "responses: posts",
        "contract layer",
    ),
    mutant(
        "a query that is not UTF-8 is taken",
        _PARAMETERS,
        "        unquote_to_bytes(request.query_string).decode()\n",
        "        unquote_to_bytes(request.query_string)\n",
        "contract layer",
    ),
    mutant(
        "the same key twice: the last one wins",
        _BODIES,
        "    if len(members) != len(pairs):\n",
        "    if len(members) > len(pairs):\n",
        "contract layer",
    ),
    mutant(
        "NaN is taken for a number",
        _BODIES,
        "parse_constant=_refuse_constant",
        "parse_constant=float",
        "contract layer",
    ),
    mutant(
        "half of a surrogate pair is taken for text",
        _BODIES,
        "    if _DOUBTFUL_ESCAPE.search(raw):\n        _check_texts(value)\n",
        "",
        "contract layer",
    ),
    mutant(
        "a body of any length is read",
        _BODIES,
        "    if len(raw) > limit_bytes:\n        raise too_large(limit_bytes)\n    return load_json(raw)",
        "    return load_json(raw)",
        "contract layer",
    ),
    mutant(
        "a form of any length is read while it announces none",
        _FORMS,
        "    request.max_content_length = limit_bytes + 1\n",
        "    request.max_content_length = None\n",
        "contract layer",
    ),
    mutant(
        "a second file of a form is written to the disk",
        _FORMS,
        "return open_file() if number is None or opened <= number else _discard()",
        "return open_file()",
        "contract layer",
    ),
    mutant(
        "an upload is left behind when its transaction is rolled back",
        _UPLOADS,
        "        if not self.is_committed:\n            self.path.unlink(missing_ok=True)\n",
        "        if self.path.suffix == INCOMING:\n            self.path.unlink(missing_ok=True)\n",
        "uploads",
    ),
    mutant(
        "an upload is kept before its bytes are on the disk",
        _UPLOADS,
        "            os.fsync(self.fileno())\n",
        "",
        "uploads",
    ),
    mutant(
        "a body of any media type is read",
        _BODIES,
        '        raise UnsupportedMediaType("Send application/json.")\n',
        "        return\n",
        "responses: failures",
    ),
    mutant(
        "a version that is not the present one is overwritten",
        "service/contract/validated_request.py",
        'part(etag.removeprefix("W/")) not in map(part, self._tags):',
        "not self._tags:",
        "responses: posts",
    ),
    mutant(
        "a rendition that becomes ready is a conflict for who is writing",
        "service/posts/actions.py",
        "precondition.check(version_etag(post.version, post.images_version), without_variant)",
        "precondition.check(version_etag(post.version, post.images_version))",
        "responses: posts",
    ),
    mutant(
        "an author shows what others have uploaded and not published",
        "service/posts/images.py",
        "true() if editor is None else usable_by(editor)",
        "true()",
        "responses: posts",
    ),
    mutant(
        "a change needs no version although the document says so",
        "service/contract/validated_request.py",
        "        if required:\n            raise PreconditionRequired\n",
        "",
        "responses: posts",
    ),
    mutant(
        "an error repeats what was sent",
        _VALIDATION,
        "sentence.format(limit=_limit(kind), types=_types(kind))",
        "error.message",
        "contract layer",
    ),
    mutant(
        "what an error points to is somewhere else",
        _VALIDATION,
        '    return "".join(f"/{_escape(str(part))}" for part in path)',
        '    return "".join(f".{_escape(str(part))}" for part in path)',
        "responses: items",
        "responses: users",
    ),
)
