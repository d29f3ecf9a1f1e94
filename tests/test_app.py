"""The application factory: environments, CORS, proxies, and the headers of every response."""

import gc
import weakref

import pytest
from flask import abort, request
from flask.testing import FlaskClient
from sqlalchemy import text

from service.app import ALLOWED_HEADERS, EXPOSED_HEADERS, create_app
from service.config import ConfigError, load_settings
from service.core.signing_keys import create_key
from service.extensions import db

OURS = "https://blog.example.org"
OTHER = "http://localhost:3000"
FORWARDED = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}


@pytest.fixture
def make_app(tmp_path, monkeypatch):
    """Return a function that creates an application with these variables; its database does not exist."""
    apps = []

    def make(name="testing", **variables):
        app = create_app(load_settings(name, {"VAR_DIR": str(tmp_path), **variables}))
        apps.append(app)
        views = {
            "/seen": lambda: {"address": request.remote_addr, "url": request.url},
            "/sent": lambda: {"bytes": len(request.get_data())},
            "/broken": lambda: 1 // 0,
            "/conflict": lambda: abort(409),
            "/page": lambda: ("", {"Content-Security-Policy": "default-src 'self'"}),
        }
        for path, view in views.items():
            app.add_url_rule(path, endpoint=path.strip("/"), view_func=view, methods=["GET", "POST"])
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


class TestEnvironments:
    def test_by_name(self, tmp_path, monkeypatch):
        monkeypatch.setenv("VAR_DIR", str(tmp_path))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        app = create_app("testing")
        assert app.testing
        assert app.extensions["settings"].database_url == f"sqlite:///{tmp_path}/colophon.sqlite3"

    def test_by_the_variable(self, tmp_path, monkeypatch):
        monkeypatch.setenv("VAR_DIR", str(tmp_path))
        monkeypatch.setenv("FLASK_ENV", "development")
        assert not create_app().testing

    def test_one_that_nobody_keeps_is_forgotten(self, tmp_path):
        given = load_settings("testing", {"VAR_DIR": str(tmp_path)})
        app = create_app(given)
        with app.app_context():
            pool = db.engine.pool
            db.session.execute(text("SELECT 1"))
        first, idle = weakref.ref(app), pool.checkedin()
        del app
        create_app(given)  # resources know the newest
        gc.collect()
        assert (first(), idle, pool.checkedin()) == (None, 1, 0)

    def test_production_says_what_is_missing(self, tmp_path, monkeypatch):
        monkeypatch.setenv("VAR_DIR", str(tmp_path))
        for name in ("DATABASE_URL", "PUBLIC_URL", "FLASK_RUN_FROM_CLI"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(
            ConfigError, match=r"(?s)DATABASE_URL is not set.*PUBLIC_URL is not set.*No signing key"
        ):
            create_app("production")

    def test_production_starts_with_what_it_needs(self, make_app, tmp_path):
        create_key(tmp_path / "keys")
        address = f"sqlite:///{tmp_path}/x.sqlite3"
        app = make_app("production", DATABASE_URL=address, PUBLIC_URL=OURS)
        assert app.test_client().get("/health/live").status_code == 200

    def test_development_makes_its_key_and_keeps_it(self, make_app, tmp_path):
        first = make_app("development").extensions["key_ring"]().kid
        assert make_app("development").extensions["key_ring"]().kid == first
        assert len(list((tmp_path / "keys").glob("*.pem"))) == 1

    def test_nothing_connects_to_the_database(self, make_app):
        app = make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
        assert app.test_client().get("/health/live").status_code == 200

    @pytest.mark.parametrize("path", ["/broken", "/conflict", "/nowhere"])
    def test_errors_are_the_same_in_tests_and_in_production(self, make_app, tmp_path, path):
        create_key(tmp_path / "keys")
        address = f"sqlite:///{tmp_path}/x.sqlite3"
        apps = [make_app(), make_app("production", DATABASE_URL=address, PUBLIC_URL=OURS)]
        responses = [app.test_client().get(path, headers={"X-Request-ID": "same"}) for app in apps]
        assert responses[0].data == responses[1].data
        assert responses[0].headers == responses[1].headers
        assert responses[0].content_type == "application/problem+json"


class TestRouting:
    def test_a_trailing_slash_is_answered_not_redirected(self, make_app):
        client = make_app().test_client()
        assert client.post("/sent/", data=b"abc").json == {"bytes": 3}

    def test_double_slashes_are_not_the_same_address(self, make_app):
        assert make_app().test_client().get("/health//live").status_code == 404


class TestBodySize:
    def test_limit_is_the_setting(self, make_app):
        client = make_app(MAX_BODY_BYTES="2048").test_client()
        assert client.post("/sent", data=b"x" * 2048).status_code == 200
        refused = client.post("/sent", data=b"x" * 2049)
        assert (refused.status_code, refused.json["code"]) == (413, "CONTENT_TOO_LARGE")


class TestCors:
    @pytest.fixture
    def client(self, make_app) -> FlaskClient:
        return make_app(CORS_ORIGINS=f"{OURS}, {OTHER}").test_client()

    def allowed(self, response):
        return {name: value for name, value in response.headers if name.startswith("Access-Control-")}

    @pytest.mark.parametrize("path", ["/seen", "/nowhere", "/broken", "/conflict"])
    def test_a_configured_origin_may_read_answers_and_errors(self, client, path):
        response = client.get(path, headers={"Origin": OTHER})
        assert response.headers["Access-Control-Allow-Origin"] == OTHER
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert sorted(exposed) == sorted(EXPOSED_HEADERS)
        assert {"Deprecation", "Link", "Sunset"} <= set(exposed), "a page could not learn what is to go"
        assert "Access-Control-Allow-Credentials" not in response.headers

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            f"{OURS}.evil.example",
            f"{OURS}:8443",
            "http://blog.example.org",
            "https://blogXexample.org",
        ],
    )
    def test_no_other_origin_is_ever_reflected(self, client, origin):
        assert self.allowed(client.get("/seen", headers={"Origin": origin})) == {}
        preflight = client.options(
            "/seen", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
        )
        assert self.allowed(preflight) == {}

    def test_preflight_names_what_may_be_sent(self, client):
        response = client.options(
            "/sent",
            headers={
                "Origin": OURS,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": ", ".join([*ALLOWED_HEADERS, "X-Evil"]).lower(),
            },
        )
        assert response.status_code == 200
        sent = response.headers["Access-Control-Allow-Headers"].split(", ")
        assert sorted(sent) == sorted(name.lower() for name in ALLOWED_HEADERS)
        assert "DELETE" in response.headers["Access-Control-Allow-Methods"]
        assert response.headers["Access-Control-Max-Age"] == "7200"

    @pytest.mark.parametrize("headers", [{}, {"Origin": OURS}, {"Origin": "https://evil.example"}])
    def test_caches_are_told_that_the_origin_matters(self, client, headers):
        assert "Origin" in client.get("/seen", headers=headers).vary

    def test_without_a_configured_origin_there_is_none(self, make_app):
        response = make_app().test_client().get("/seen", headers={"Origin": OURS})
        assert self.allowed(response) == {}
        assert "Origin" not in response.vary


class TestProxies:
    def test_nobody_is_believed_by_default(self, make_app):
        seen = make_app().test_client().get("/seen", headers=FORWARDED).json
        assert seen == {"address": "127.0.0.1", "url": "http://localhost/seen"}

    def test_only_the_trusted_hop_is_believed_and_never_its_host(self, make_app):
        seen = make_app(TRUSTED_PROXIES="1").test_client().get("/seen", headers=FORWARDED).json
        assert seen == {"address": "203.0.113.9", "url": "https://localhost/seen"}

    @pytest.mark.parametrize(
        ("peer", "chain", "client"),
        [
            ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3, 10.4.5.6", "203.0.113.9"),
            ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
            ("127.0.0.1", "198.51.100.1, nonsense, 10.1.2.3", "nonsense"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
            ("192.0.2.1", "203.0.113.9, 10.1.2.3", "192.0.2.1"),
        ],
    )
    def test_only_trusted_addresses_are_believed(self, make_app, peer, chain, client):
        app = make_app(TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
        environ = {
            "REMOTE_ADDR": peer,
            "HTTP_X_FORWARDED_FOR": chain,
            "HTTP_X_FORWARDED_HOST": "evil.example",
        }
        seen = app.test_client().get("/seen", environ_base=environ).json
        assert seen == {"address": client, "url": "http://localhost/seen"}


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", ["/seen", "/nowhere", "/broken", "/conflict", "/health/live"])
    def test_are_on_every_response(self, make_app, path):
        headers = make_app().test_client().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (
            headers["Content-Security-Policy"]
            == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers

    def test_a_view_may_set_its_own_policy(self, make_app):
        headers = make_app().test_client().get("/page").headers
        assert headers.getlist("Content-Security-Policy") == ["default-src 'self'"]

    def test_https_is_remembered_only_when_it_was_used(self, make_app):
        client = make_app(TRUSTED_PROXIES="1").test_client()
        headers = client.get("/seen", headers={"X-Forwarded-Proto": "https"}).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
