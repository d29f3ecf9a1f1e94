"""Mutants in the document, its examples, the client and the version."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant, mutant

_SCHEMAS = "service/posts/schemas.py"
_ITEMS = "service/items/schemas.py"
_HELLO = "service/hello/routes.py"
_HELLO_IMPORTS = "from service.contract import Resource, no_database, parameters, public\n"
_COLOUR = (
    '        "colour": fields.String('
    'required={required}, max_length=9, description="Its colour.", example="red"),\n'
)
_NEW_ITEM = 'ns.model(\n    "NewItem",\n    {\n'

DOCUMENTS: tuple[Mutant, ...] = (
    mutant(
        "the document was changed by hand",
        "openapi/openapi.json",
        '"operationId": "getGreeting"',
        '"operationId": "sayHello"',
        "document",
    ),
    mutant(
        "the served document is not the exported one",
        "service/contract/pages.py",
        'document = _StaticContent(api.document_bytes, "application/json")',
        'document = _StaticContent(api.document_bytes + b" ", "application/json")',
        "document",
    ),
    mutant(
        "the document follows the settings of its server",
        "service/api.py",
        "version=service.__version__,",
        'version=f"{service.__version__}.{settings.max_body_bytes}",',
        "document",
    ),
    mutant(
        "a declaration changed, the document did not",
        _ITEMS,
        'required=True, max_length=ITEM_NAME_MAX, description="Name of the item."',
        'required=False, max_length=ITEM_NAME_MAX, description="Name of the item."',
        "document",
    ),
    mutant(
        "a route that the document does not have",
        "service/app.py",
        "    return app\n",
        '    app.add_url_rule("/debug", "debug", lambda: "")\n    return app\n',
        "document",
    ),
    mutant(
        "an example is not what is answered: the HTML of a post",
        _SCHEMAS,
        '"<p>It weaves <strong>algebraic patterns</strong>.</p>\\n"',
        '"<p>It weaves <b>algebraic patterns</b>.</p>\\n"',
        "examples",
        exported=True,
    ),
    mutant(
        "an example of a request is refused",
        _ITEMS,
        'description="Name of the item; unique.",\n            example="Lamp",',
        'description="Name of the item; unique.",\n            example="",',
        "start-up",
    ),
    Mutant(
        "an answer is declared that never comes",
        ("coverage",),
        (
            Change(
                _HELLO,
                _HELLO_IMPORTS,
                "from service.contract import Conflict, Resource, no_database, parameters, public, raises\n",
            ),
            Change(_HELLO, "    @public\n", "    @raises(Conflict)\n    @public\n"),
        ),
        exported=True,
    ),
    mutant(
        "the client was changed by hand",
        "web/src/client/types.gen.ts",
        "export type NewItem = {",
        "export type NewItem = {\n    colour?: string;",
        "client",
    ),
    mutant(
        "the client is of an earlier document",
        _ITEMS,
        'description="Name of the item; unique."',
        'description="Name of the item; no two are equal."',
        "client",
        exported=True,
    ),
    mutant(
        "breaking without a new version: a field of an answer is gone",
        _SCHEMAS,
        '        **_instants,\n        "etag": fields.String(',
        '        **_dates,\n        "etag": fields.String(',
        "release",
        exported=True,
    ),
    mutant(
        "breaking without a new version: a field of a request is required",
        _ITEMS,
        _NEW_ITEM,
        _NEW_ITEM + _COLOUR.format(required=True),
        "release",
        exported=True,
    ),
    mutant(
        "breaking without a new version: less is taken",
        "service/models/items.py",
        "ITEM_NAME_MAX = ",
        "ITEM_NAME_MAX = -60 + ",
        "release",
        exported=True,
    ),
    mutant(
        "breaking without a new version: an answer has one more state",
        "service/models/posts.py",
        '    ARCHIVED = "archived"\n',
        '    ARCHIVED = "archived"\n    IN_REVIEW = "in_review"\n',
        "release",
        exported=True,
    ),
    Mutant(
        "breaking without a new version: an operation asks for a token",
        ("release",),
        (
            Change(
                _HELLO,
                _HELLO_IMPORTS,
                "from service.contract import Resource, authenticated, no_database, parameters\n",
            ),
            Change(_HELLO, "    @public\n    @no_database\n", "    @authenticated()\n"),
        ),
        exported=True,
    ),
    mutant(
        "a new field without a new version",
        _ITEMS,
        _NEW_ITEM,
        _NEW_ITEM + _COLOUR.format(required=False),
        "release",
        exported=True,
    ),
)
