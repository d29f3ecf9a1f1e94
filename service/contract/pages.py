"""Which pages stand beside the document? The document itself, Swagger UI, the catalogue of problems, a way in.

They are HTML under a strict Content-Security-Policy: everything comes from this origin, nothing is inline.
"""

from __future__ import annotations

import gzip
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import brotli
import flask_swagger_ui
from flask import Blueprint, Flask, Response, render_template, request, send_file

from service.contract.api import Api
from service.contract.problems import NotFound, Problem, problem_classes

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DAY_S = 24 * 60 * 60
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
# The only files of the distribution that are served; its own page needs inline script.
ASSETS = {
    "swagger-ui.css": (SWAGGER_UI / "swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": (SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript"),
    "swagger.js": (Path(str(files("service.contract") / "static" / "swagger.js")), "text/javascript"),
    "pages.css": (Path(str(files("service.contract") / "static" / "pages.css")), "text/css"),
}


def register_pages(app: Flask, api: Api) -> None:
    """Serve `/openapi.json`, `/swagger`, `/problems`, `/problems/<code>`, their files, and `/`."""
    pages = Blueprint("contract_pages", __name__, template_folder="templates")
    document = _Document(api.document_bytes)
    described = [tag for tag in api.document["tags"] if tag.get("description")]

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return document.answer()

    @pages.get("/")
    def home() -> Response:
        return _page("home.html", api=api, tags=described, operations=len(api.operations))

    @pages.get("/swagger")
    def swagger() -> Response:
        return _page("swagger.html", api=api)

    @pages.get("/swagger/<any('swagger-ui.css','swagger-ui-bundle.js','swagger.js','pages.css'):name>")
    def asset(name: str) -> Response:
        path, media_type = ASSETS[name]
        return send_file(path, mimetype=media_type, max_age=DAY_S, conditional=True)

    @pages.get("/problems")
    def problems() -> Response:
        return _page("problems.html", api=api, problems=catalogue())

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        found = [cls for cls in catalogue() if cls.code == code]
        if not found:
            raise NotFound
        return _page("problem.html", api=api, problem=found[0], operations=_operations_with(api, code))

    app.register_blueprint(pages)


def catalogue() -> list[type[Problem]]:
    """Return one class for every code that an answer can carry, by status."""
    by_code: dict[str, type[Problem]] = {}
    for cls in problem_classes():
        by_code.setdefault(cls.code, cls)
    return list(by_code.values())


def _operations_with(api: Api, code: str) -> list[tuple[str, str]]:
    return [
        (op.name, op.summary or "") for op in api.operations if any(cls.code == code for cls in op.problems)
    ]


def _page(template: str, **values: object) -> Response:
    response = Response(render_template(template, **values), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


class _Document:
    """The document's bytes, compressed once."""

    def __init__(self, content: bytes) -> None:
        self._encodings = {
            "br": brotli.compress(content, quality=9),
            "gzip": gzip.compress(content, mtime=0),
            "identity": content,
        }
        self._etag = blake2b(content, digest_size=16).hexdigest()

    def answer(self) -> Response:
        """Return the document in the best encoding the client takes; 304 if it has it."""
        chosen = request.accept_encodings.best_match(["br", "gzip"]) or "identity"
        response = Response(self._encodings[chosen], content_type="application/json")
        if chosen != "identity":
            response.content_encoding = chosen
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{self._etag}-{chosen}")
        response.cache_control.no_cache = True
        response.make_conditional(request)
        return response
