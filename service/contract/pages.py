"""HTML pages beside the API: Swagger UI, error catalogue, contract report, and openapi.json.

They have a strict Content-Security-Policy: everything comes from this origin, nothing is inline.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path

import brotli
import flask_swagger_ui
from flask import Blueprint, Flask, Response, render_template, request

from .api import Api
from .contract_report import has_contract_report, load_contract_report
from .problems import NotFound, Problem, problem_classes

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=9),
    "gzip": partial(gzip.compress, mtime=0),
}
HTML = "text/html; charset=utf-8"
DAY_S = 24 * 60 * 60
STATIC = Path(__file__).parent / "static"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
# Only these files of the distribution are served; its own page needs inline script.
ASSETS = {
    "swagger-ui.css": (SWAGGER_UI / "swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": (SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "swagger.js": (
        STATIC / "swagger.js",
        "text/javascript; charset=utf-8",
    ),
    "swagger.css": (STATIC / "swagger.css", "text/css; charset=utf-8"),
    "pages.css": (STATIC / "pages.css", "text/css; charset=utf-8"),
}


def register_pages(app: Flask, api: Api, report_folder: Path | None = None) -> None:
    """Serve `/openapi.json`, `/swagger`, `/problems`, `/problems/<code>`, their files, and `/`.

    Also `/contract`, if the folder `report_folder` has the files that it shows.
    """
    pages = Blueprint("contract_pages", __name__, template_folder="templates")
    document = _StaticContent(api.document_bytes, "application/json")
    assets = {
        name: _StaticContent(path.read_bytes(), kind, max_age_s=DAY_S)
        for name, (path, kind) in ASSETS.items()
    }
    has_report = report_folder is not None and has_contract_report(report_folder)
    page = partial(_page, api=api, has_contract_report=has_report)
    # Swagger UI has no place for the tag of a namespace that has webhooks alone.
    used = {tag for item in api.document["paths"].values() for each in item.values() for tag in each["tags"]}
    described = [tag for tag in api.document["tags"] if tag.get("description") and tag["name"] in used]

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return document.answer()

    @pages.get("/")
    def home() -> Response:
        return page("home.html", tags=described, operations=len(api.operations))

    @pages.get("/swagger")
    def swagger() -> Response:
        return page("swagger.html")

    @pages.get(f"/swagger/<any({', '.join(map(repr, ASSETS))}):name>")
    def asset(name: str) -> Response:
        return assets[name].answer()

    @pages.get("/problems")
    def problems() -> Response:
        return page("problems.html", problems=problem_catalogue())

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        matching = [cls for cls in problem_catalogue() if cls.code == code]
        if not matching:
            raise NotFound
        return page("problem.html", problem=matching[0], operations=_operations_with(api, code))

    if report_folder is not None and has_report:
        _register_contract_page(pages, api, report_folder)
    app.register_blueprint(pages)


def _register_contract_page(pages: Blueprint, api: Api, folder: Path) -> None:
    @cache  # it never changes while the process runs, and is the largest of the pages
    def contract_page() -> _StaticContent:
        report = load_contract_report(folder, api.document)
        return _StaticContent(
            render_template("contract.html", api=api, has_contract_report=True, report=report).encode(), HTML
        )

    @pages.get("/contract")
    def contract() -> Response:
        return _with_csp(contract_page().answer())


def problem_catalogue() -> list[type[Problem]]:
    """Return one problem class for every code that a response can have, by status."""
    by_code: dict[str, type[Problem]] = {}
    for cls in problem_classes():
        by_code.setdefault(cls.code, cls)
    return list(by_code.values())


def _operations_with(api: Api, code: str) -> list[tuple[str, str]]:
    return [
        (op.name, op.summary or "") for op in api.operations if any(cls.code == code for cls in op.problems)
    ]


def _page(template: str, **values: object) -> Response:
    return _with_csp(Response(render_template(template, **values), content_type=HTML))


def _with_csp(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


class _StaticContent:
    """Bytes that never change while the process runs, compressed on first use."""

    def __init__(self, content: bytes, media_type: str, *, max_age_s: int = 0) -> None:
        self._encoded = {"identity": content}
        self._media_type = media_type
        self._max_age_s = max_age_s
        self._etag = blake2b(content, digest_size=16).hexdigest()

    def answer(self) -> Response:
        """Return the content in the best encoding that the client accepts (content negotiation); 304 if it has it."""
        chosen = request.accept_encodings.best_match(list(ENCODINGS)) or "identity"
        response = Response(self._in(chosen), content_type=self._media_type)
        if chosen != "identity":
            response.content_encoding = chosen
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{self._etag}-{chosen}")
        response.cache_control.no_cache = self._max_age_s == 0 or None
        response.cache_control.max_age = self._max_age_s or None
        response.make_conditional(request)
        return response

    def _in(self, encoding: str) -> bytes:
        if encoding not in self._encoded:
            self._encoded[encoding] = ENCODINGS[encoding](self._encoded["identity"])
        return self._encoded[encoding]
