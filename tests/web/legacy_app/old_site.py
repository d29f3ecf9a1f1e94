"""A small Flask monolith to migrate from: pages, a session, forms, uploads."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from werkzeug.middleware.proxy_fix import ProxyFix

pages = Blueprint("pages", __name__)
# One entry for each listener of /events that has left.
gone: list[bool] = []
heard = threading.Semaphore(0)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="known to the tests", SESSION_COOKIE_NAME="legacy_session")
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.before_request(refuse_forged_forms)
    app.register_error_handler(404, lambda _: (render_template("error.html", what="No such page"), 404))
    app.register_error_handler(500, lambda _: (render_template("error.html", what="It broke"), 500))
    app.register_blueprint(pages)
    return app


def csrf_token() -> str:
    return session.setdefault("csrf_token", secrets.token_urlsafe())


def refuse_forged_forms() -> None:
    sent = request.form.get("csrf_token", "") if request.method == "POST" and request.form else None
    if sent is not None and not hmac.compare_digest(sent, session.get("csrf_token", "")):
        abort(400, "The form has expired.")


@pages.get("/archive")
@pages.get("/guestbook/")
def guestbook():
    return render_template("guestbook.html", entries=session.get("entries", []))


@pages.post("/guestbook/")
def sign():
    session["entries"] = [*session.get("entries", []), request.form["name"]]
    flash(f"Thank you, {request.form['name']}.")
    return redirect(url_for("pages.guestbook"))


@pages.post("/upload")
def upload():
    file = request.files["file"].stream if request.files else request.stream
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(65_536):
        digest.update(chunk)
        size += len(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size, "length": request.content_length}


@pages.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pages.route("/echo/<path:_rest>")
def echo(_rest: str = "") -> dict[str, Any]:
    """Answer with what arrived."""
    return {
        "method": request.method,
        "target": request.environ["RAW_URI"],
        "headers": list(request.headers),
        "host": request.environ["werkzeug.proxy_fix.orig"]["HTTP_HOST"],
        "remote": request.remote_addr,
        "url": request.url,
        "body": request.get_data(as_text=True),
    }


@pages.get("/go/<kind>")
def go(kind: str) -> Response:
    """Redirect in each of the ways there are."""
    own = "http://{}:{}".format(*request.environ["gunicorn.socket"].getsockname())
    targets = {
        "relative": "../guestbook/?from=relative",
        "absolute": url_for("pages.guestbook", _external=True),
        "own": f"{own}/guestbook/?from=own#end",
        "away": "https://elsewhere.example/page?a=1",
    }
    answer = Response("Over there.", 302)
    answer.autocorrect_location_header = False
    answer.headers["Location"] = targets[kind]
    answer.set_cookie("went", kind)
    return answer


@pages.get("/cookies")
def cookies():
    answer = make_response("three cookies")
    answer.set_cookie("first", "1", expires=time.time() + 3600)
    answer.set_cookie("second", "a, b", httponly=True, samesite="Lax")
    answer.headers.add("Set-Cookie", "third=3; Path=/")
    answer.headers.add("Set-Cookie", "__Host-access=forged; Path=/; Secure")
    answer.headers["Cache-Control"] = "no-cache, private"
    return answer


@pages.get("/events")
def events():
    """Say something three times, each when what was said before has been heard, then go on for ever."""

    def said() -> Iterator[str]:
        try:
            for number in range(3):
                yield f"id: {number}\ndata: {number}\n\n"
                heard.acquire(timeout=60)
            while True:
                yield ": still here\n\n"
                heard.acquire(timeout=0.1)
        finally:
            gone.append(True)

    return Response(said(), mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})


@pages.get("/events/heard")
def events_heard():
    """Take note that the latest event has arrived."""
    heard.release()
    return {}


@pages.get("/events/ended")
def events_ended():
    """Tell how many listeners have gone away."""
    return {"ended": len(gone)}


@pages.get("/file")
def file():
    """Send a file that is known by its entity tag and may be asked for in parts."""
    return send_from_directory("static", "words.txt", conditional=True)


@pages.get("/packed")
def packed() -> Response:
    """Send something compressed already, as a site behind a compressing server does."""
    return Response(
        gzip.compress(b"words " * 1000), headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    )


@pages.get("/broken")
def broken():
    raise RuntimeError("as legacy sites do")


app = create_app()
