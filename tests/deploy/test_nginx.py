"""Debian's nginx with deploy/nginx.conf, TLS and all, before a real gunicorn."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import json
import re
import socket
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.config import Settings
from tests.servers import (
    ROOT,
    SERVER_NAME,
    Server,
    free_port,
    gunicorn,
    nginx,
    receive_all,
    require_command,
    service,
)
from tests.waiting import wait_until

# Says what reached the application, and counts on its own side how many requests that were.
ECHO = """
import fcntl, json, os, sys

def app(environ, start_response):
    sys.stderr.write("SERVED " + environ["PATH_INFO"] + chr(10))
    path = environ["PATH_INFO"]
    if path == "/slow":
        with open(os.environ["GATE"]) as gate:
            fcntl.flock(gate, fcntl.LOCK_SH)
    size = len(environ["wsgi.input"].read())
    status, kind = "200 OK", "application/json"
    if path == "/absent":
        status, kind = "404 Not Found", "application/problem+json"
    if path == "/down":
        status, kind = "503 Service Unavailable", "application/problem+json"
    seen = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    body = json.dumps({"size": size, "seen": seen, "filler": "x" * 2000 * (path == "/large")}).encode()
    start_response(status, [
        ("Content-Type", kind), ("Content-Length", str(len(body))), ("Strict-Transport-Security", "max-age=1"),
        ("X-Request-ID", environ.get("HTTP_X_REQUEST_ID", "")),
    ])
    return [body]
"""
HSTS = "max-age=31536000"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    require_command("nginx")
    folder = tmp_path_factory.mktemp("upstream")
    (folder / "echo.py").write_text(ECHO)
    (folder / "gate").touch()
    environment = {"FORWARDED_ALLOW_IPS": "127.0.0.1", "GATE": str(folder / "gate")}
    with gunicorn(folder, app="echo:app", pythonpath=folder, env=environment) as server:
        yield server


@contextlib.contextmanager
def shut_gate(upstream):
    """Keep the application from answering `/slow` until the block ends."""
    with (upstream.log.parent / "gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def front(upstream, tmp_path_factory):
    with nginx(tmp_path_factory.mktemp("nginx"), upstream.port) as front:
        yield front


def trusting(server: Server) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.log.parent / "fullchain.pem"))


@contextlib.contextmanager
def tls(server: Server, protocol: str | None = None):
    context = trusting(server)
    if protocol:
        context.set_alpn_protocols([protocol])
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname=SERVER_NAME) as connection,
    ):
        yield connection


def send(server: Server, request: bytes) -> bytes:
    if server.scheme == "http":
        return server.send_raw(request)
    with tls(server) as connection:
        connection.sendall(request)
        return receive_all(connection)


class Answer:
    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1.1 "), raw[:200]
        self.status = int(first.split()[1])
        self.header = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        self.names = [line.lower().split(":")[0] for line in lines]

    def json(self) -> dict:
        return json.loads(self.body)


def get(
    path: str = "/", *headers: str, method: str = "GET", body: bytes = b"", host: str = SERVER_NAME
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def ask(server: Server, *args, **kwargs) -> Answer:
    return Answer(send(server, get(*args, **kwargs)))


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status
    assert answer.header["content-type"] == "application/problem+json"
    assert answer.header["x-content-type-options"] == "nosniff"
    assert answer.header["cache-control"] == "no-store"
    assert re.fullmatch(r"[0-9a-f]{32}", answer.header["x-request-id"])
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "error"}
    assert problem["type"] == f"/problems/{code}"
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["title"] == problem["error"]
    assert problem["detail"].endswith(".")


class TestPlain:
    def test_is_sent_to_https_for_ever(self, front):
        plain, _ = front
        answer = ask(plain, "/api/posts?page=2&search=a%20b")
        assert answer.status == 301
        assert answer.header["location"] == f"https://{SERVER_NAME}/api/posts?page=2&search=a%20b"
        assert "strict-transport-security" not in answer.header  # RFC 6797, section 7.2

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", f"{SERVER_NAME}.evil.example"])
    def test_a_foreign_host_leads_nowhere_else(self, front, host):
        assert (
            ask(front[0], "//evil.example/", host=host)
            .header["location"]
            .startswith(f"https://{SERVER_NAME}/")
        )

    def test_never_reaches_the_application(self, front, upstream):
        before = upstream.output().count("SERVED")
        ask(front[0], "/", method="POST", body=b"")
        assert upstream.output().count("SERVED") == before


class TestTls:
    def test_hsts_once_on_every_answer(self, front):
        for path in ("/", "/absent", "/down"):
            answer = ask(front[1], path)
            assert answer.header["strict-transport-security"] == HSTS
            assert answer.names.count("strict-transport-security") == 1
        assert ask(front[1], host="elsewhere.test").header["strict-transport-security"] == HSTS

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_speaks_the_two_versions_in_use(self, front, version):
        context = trusting(front[1])
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection(("127.0.0.1", front[1].port), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=SERVER_NAME) as connection,
        ):
            assert connection.version() == version.name.replace("_", ".")

    def test_offers_http_2(self, front):
        with tls(front[1], "h2") as connection:
            assert connection.selected_alpn_protocol() == "h2"

    def test_names_no_version(self, front):
        assert ask(front[1]).header["server"] == "nginx"


class TestForwarding:
    def test_tells_the_application_who_and_how(self, front):
        seen = ask(front[1]).json()["seen"]
        assert seen["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
        assert seen["HTTP_X_FORWARDED_PROTO"] == "https"
        assert seen["HTTP_X_FORWARDED_HOST"] == seen["HTTP_HOST"] == SERVER_NAME
        assert seen["HTTP_X_FORWARDED_PORT"] == str(front[1].port)

    def test_believes_no_client(self, front):
        lies = (
            "X-Forwarded-For: 10.0.0.1",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: evil.example",
            "X-Forwarded-Prefix: /evil",
            "Forwarded: for=10.0.0.1;host=evil.example",
            "X_Forwarded_For: 10.0.0.2",
            "Proxy: evil.example:80",
        )
        seen = ask(front[1], "/", *lies).json()["seen"]
        assert not [value for value in seen.values() if "evil" in value or "10.0.0." in value]
        assert seen["HTTP_X_FORWARDED_PROTO"] == "https"

    def test_passes_a_plain_request_id_on_and_replaces_any_other(self, front):
        assert ask(front[1], "/", "X-Request-ID: abc-123").header["x-request-id"] == "abc-123"
        for bad in ("a b", "a" * 65, "<script>", 'a"b'):
            replaced = ask(front[1], "/", f"X-Request-ID: {bad}").header["x-request-id"]
            assert re.fullmatch(r"[0-9a-f]{32}", replaced), bad

    def test_leaves_the_application_its_own_problems(self, front):
        for path, status in (("/absent", 404), ("/down", 503)):
            answer = ask(front[1], path)
            assert answer.status == status
            assert "seen" in answer.json()

    def test_compresses_json_for_who_asks(self, front):
        answer = ask(front[1], "/large", "Accept-Encoding: gzip")
        assert answer.header["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.header["vary"]
        assert b"xxxx" in gzip.decompress(dechunked(answer))
        assert "content-encoding" not in ask(front[1], "/large").header

    def test_takes_bodies_up_to_its_limit_in_either_framing(self, front):
        body = b"x" * 2 * 2**20
        assert ask(front[1], "/", f"Content-Length: {len(body)}", method="POST", body=body).json()[
            "size"
        ] == len(body)
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        answer = ask(front[1], "/", "Transfer-Encoding: chunked", method="POST", body=chunks)
        assert answer.json()["size"] == len(body)


def dechunked(answer: Answer) -> bytes:
    if answer.header.get("transfer-encoding") != "chunked":
        return answer.body
    body, rest = b"", answer.body
    while size := int((line := rest.split(b"\r\n", 1))[0], 16):
        body, rest = body + line[1][:size], line[1][size + 2 :]
    return body


LINE = f"Host: {SERVER_NAME}\r\nConnection: close\r\n\r\n".encode()
HEAD = f" HTTP/1.1\r\nHost: {SERVER_NAME}\r\nConnection: close\r\n".encode()
TOO_LARGE = 2 * 2**20 + 1
LONG = "X-Long: " + "a" * 9000

OWN_ERRORS = {
    "rubbish": (400, "BAD_REQUEST", b"rubbish\r\n\r\n"),
    "lower-case method": (400, "BAD_REQUEST", b"get / HTTP/1.1\r\n" + LINE),
    "no Host": (400, "BAD_REQUEST", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
    "two Hosts": (400, "BAD_REQUEST", get("/", "Host: elsewhere.test")),
    "bad Host": (400, "BAD_REQUEST", get(host="a b")),
    "NUL in a header": (400, "BAD_REQUEST", get("/", "X-Nul: a\0b")),
    "space before the colon": (
        400,
        "BAD_REQUEST",
        get("/", "Content-Length : 3", method="POST", body=b"abc"),
    ),
    "bad percent-encoding": (400, "BAD_REQUEST", get("/%zz")),
    "path above the root": (400, "BAD_REQUEST", get("/../../etc/passwd")),
    "signed length": (400, "BAD_REQUEST", get("/", "Content-Length: +3", method="POST", body=b"abc")),
    "hexadecimal length": (400, "BAD_REQUEST", get("/", "Content-Length: 0x3", method="POST", body=b"abc")),
    "two lengths": (
        400,
        "BAD_REQUEST",
        get("/", "Content-Length: 3", "Content-Length: 4", method="POST", body=b"abcd"),
    ),
    "length and chunks": (
        400,
        "BAD_REQUEST",
        get("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST", body=b"0\r\n\r\n"),
    ),
    "bad chunk": (
        400,
        "BAD_REQUEST",
        get("/", "Transfer-Encoding: chunked", method="POST", body=b"zz\r\nabc\r\n"),
    ),
    "unknown transfer coding": (
        501,
        "NOT_IMPLEMENTED",
        get("/", "Transfer-Encoding: xchunked", method="POST", body=b"0\r\n\r\n"),
    ),
    "version 3": (505, "HTTP_VERSION_NOT_SUPPORTED", b"GET / HTTP/3.0\r\n" + LINE),
    "request line of 9000 bytes": (414, "URI_TOO_LONG", get("/" + "a" * 9000)),
    "header of 9000 bytes": (431, "REQUEST_HEADER_FIELDS_TOO_LARGE", get("/", LONG)),
    "many long headers": (
        431,
        "REQUEST_HEADER_FIELDS_TOO_LARGE",
        get("/", *[f"X-{number}: {'a' * 4000}" for number in range(12)]),
    ),
    "announced body too large": (
        413,
        "CONTENT_TOO_LARGE",
        get("/", f"Content-Length: {TOO_LARGE}", method="POST"),
    ),
    "chunked body too large": (
        413,
        "CONTENT_TOO_LARGE",
        get("/", "Transfer-Encoding: chunked", method="POST", body=b"%x\r\nx" % TOO_LARGE),
    ),
    "host name of somebody else": (421, "MISDIRECTED_REQUEST", get(host="elsewhere.test")),
}


class TestOwnProblems:
    @pytest.mark.parametrize("case", OWN_ERRORS)
    def test_is_the_document_the_service_would_send(self, front, upstream, case):
        status, code, request = OWN_ERRORS[case]
        served = upstream.output().count("SERVED")
        answer = Answer(send(front[1], request))
        assert_problem(answer, status, code)
        assert (
            answer.header["content-security-policy"]
            == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert upstream.output().count("SERVED") == served

    @pytest.mark.parametrize("case", ["rubbish", "header of 9000 bytes", "request line of 9000 bytes"])
    def test_without_tls_too(self, front, case):
        status, code, request = OWN_ERRORS[case]
        assert_problem(Answer(front[0].send_raw(request)), status, code)

    def test_trace_is_led_to_tls_and_to_no_other_host(self, front):
        assert ask(front[0], "/a", method="TRACE").header["location"] == f"https://{SERVER_NAME}/a"
        assert_problem(ask(front[1], host="elsewhere.test", method="TRACE"), 421, "MISDIRECTED_REQUEST")

    def test_plain_http_to_the_tls_port(self, front):
        assert_problem(Answer(front[1].send_raw(get())), 400, "BAD_REQUEST")

    def test_a_browser_gets_the_same(self, front):
        answer = ask(front[1], "/", "Accept: text/html,*/*;q=0.1", LONG)
        assert_problem(answer, 431, "REQUEST_HEADER_FIELDS_TOO_LARGE")

    def test_head_gets_the_headers_alone(self, front):
        answer = ask(front[1], "/", LONG, method="HEAD")
        assert answer.status == 431
        assert answer.body == b""

    def test_its_page_is_not_an_address(self, front):
        for server in front:
            assert_problem(ask(server, "/.problem"), 404, "NOT_FOUND")

    def test_the_service_is_down(self, tmp_path):
        with nginx(tmp_path, free_port()) as (_, secure):
            for accept, method in (("application/json", "GET"), ("text/html", "GET"), ("*/*", "TRACE")):
                answer = ask(secure, "/api/posts", f"Accept: {accept}", method=method)
                assert_problem(answer, 502, "BAD_GATEWAY")
                assert answer.header["retry-after"] == "5"
                assert answer.header["strict-transport-security"] == HSTS

    def test_the_service_hangs(self, upstream, tmp_path):
        changes = {"proxy_read_timeout 35s;": "proxy_read_timeout 1s;"}
        with nginx(tmp_path, upstream.port, changes=changes) as (_, secure), shut_gate(upstream):
            answer = ask(secure, "/slow")
            assert_problem(answer, 504, "GATEWAY_TIMEOUT")
            assert answer.header["retry-after"] == "5"

    def test_no_retry_after_where_a_retry_would_not_help(self, front):
        assert "retry-after" not in ask(front[1], "/", LONG).header


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: " + SERVER_NAME.encode() + b"\r\n\r\n"

SMUGGLING = {
    "length before chunks": b"POST /"
    + HEAD
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks before length": b"POST /"
    + HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST /"
    + HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "tab before chunked": b"POST /" + HEAD + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "vertical tab before chunked": b"POST /" + HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"POST /" + HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "underscore": b"POST /" + HEAD + b"Transfer_Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    "folded": b"POST /" + HEAD + b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    "identity": b"POST /" + HEAD + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /" + HEAD + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
    "list of lengths": b"POST /" + HEAD + b"Content-Length: 0, 60\r\n\r\n",
    "length of zero": b"POST /" + HEAD + b"Content-Length: 0\r\n\r\n",
    "bare line feeds": b"POST /" + HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 0\n\n",
    "size with a sign": b"POST /" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "size with 0x": b"POST /" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "size that overflows": b"POST /" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "body of GET": b"GET /" + HEAD + b"Content-Length: 0\r\n\r\n",
}


class TestSmuggling:
    @pytest.mark.parametrize("case", SMUGGLING)
    def test_both_sides_count_the_same_requests(self, front, upstream, case):
        served = upstream.output().count("SERVED")
        raw = send(front[1], SMUGGLING[case] + SMUGGLED)
        answered = raw.count(b"HTTP/1.1 200")
        assert answered <= 1  # each of them asks to close: what follows is never a second request
        assert upstream.output().count("SERVED") - served == answered
        assert "SERVED /smuggled" not in upstream.output()


class TestUnderLoad:
    @contextlib.contextmanager
    def slow_clients(self, secure):
        """Open a hundred connections whose requests never end; half of them do not even finish the handshake."""
        with contextlib.ExitStack() as stack:
            slow = []
            for number in range(100):
                connection = stack.enter_context(
                    socket.create_connection(("127.0.0.1", secure.port), timeout=60)
                )
                if number % 2:
                    connection = stack.enter_context(
                        trusting(secure).wrap_socket(connection, server_hostname=SERVER_NAME)
                    )
                    connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
                slow.append(connection)
            yield slow

    def test_slow_clients_cost_others_nothing(self, upstream, tmp_path):
        # They are there for longer than this takes on any machine: whoever waited for them would wait in vain.
        changes = {"client_header_timeout 5s;": "client_header_timeout 600s;"}
        with nginx(tmp_path, upstream.port, changes=changes) as (_, secure), self.slow_clients(secure):
            for _ in range(20):
                assert ask(secure).status == 200

    def test_slow_clients_are_cut_off(self, front):
        with self.slow_clients(front[1]) as slow:
            for connection in slow:
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(1) == b""

    def test_a_reload_loses_no_request(self, front, upstream):
        _, secure = front
        settings = secure.log.parent / "nginx.conf"
        enough = threading.Event()
        answered = []

        def many():
            statuses = set()
            while not enough.is_set():
                statuses.add(ask(secure).status)
                answered.append(None)
            return statuses

        with ThreadPoolExecutor(8) as pool:
            try:
                with shut_gate(upstream):
                    served = upstream.output().count("SERVED /slow")
                    slow = [pool.submit(ask, secure, "/slow") for _ in range(4)]
                    wait_until(lambda: upstream.output().count("SERVED /slow") == served + 4)
                    others = [pool.submit(many) for _ in range(4)]
                    for _ in range(3):
                        before = len(answered)
                        wait_until(lambda: len(answered) >= before + 20)  # noqa: B023  # called at once
                        reload = [require_command("nginx"), "-c", str(settings), "-s", "reload"]
                        subprocess.run(reload, check=True, timeout=60)
                assert {future.result().status for future in slow} == {200}
            finally:
                enough.set()
            assert set.union(*(future.result() for future in others)) == {200}


class TestSettings:
    def test_has_the_four_placeholders_that_its_head_names(self):
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        names = {"SERVER_NAME", "TLS_CERTIFICATE", "TLS_KEY", "UPSTREAM"}
        assert set(re.findall(r"\$\{(\w+)\}", text)) == names
        assert set(re.findall(r"^#   \$\{(\w+)\}", text, re.MULTILINE)) == names

    def test_the_log_is_json_without_queries(self, front):
        ask(front[1], "/logged?token=secret")
        log = front[1].log.parent / "access.log"
        wait_until(lambda: "/logged" in log.read_text())
        lines = log.read_text().splitlines()
        (line,) = [entry for entry in map(json.loads, lines) if entry["path"] == "/logged"]
        assert line["status"] == 200
        assert not [one for one in lines if "secret" in one]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    require_command("nginx")
    env = {"TRUSTED_PROXIES": "1", "PUBLIC_URL": f"https://{SERVER_NAME}"}
    with (
        service(tmp_path_factory.mktemp("service"), env=env) as behind,
        nginx(tmp_path_factory.mktemp("whole"), behind.port) as (_, secure),
    ):
        yield secure, behind


class TestService:
    def test_answers_through_it(self, whole):
        answer = ask(whole[0], "/health/ready", "X-Request-ID: seen-by-both")
        assert answer.json() == {"status": "ok", "degraded": []}
        assert answer.names.count("strict-transport-security") == 1
        assert answer.header["x-request-id"] == "seen-by-both"

    def test_has_the_line_in_its_log_under_the_same_id(self, whole):
        given = ask(whole[0], "/health/live").header["x-request-id"]
        assert given in whole[1].output()
        assert "127.0.0.1" in whole[1].output()

    def test_its_problems_and_those_of_nginx_are_alike(self, whole):
        own, of_nginx = ask(whole[0], "/nowhere"), ask(whole[0], "/", LONG)
        assert own.header["content-type"] == of_nginx.header["content-type"]
        assert list(own.json()) == list(of_nginx.json())

    def test_says_which_methods_there_are_instead_of_trace(self, whole):
        answer = ask(whole[0], "/api/items", "X-Request-ID: traced", method="TRACE")
        assert (answer.status, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert set(answer.header["allow"].split(", ")) >= {"get", "post"}
        assert answer.header["x-request-id"] == "traced"

    @pytest.mark.parametrize("size", [Settings().max_body_bytes + 1, TOO_LARGE])
    def test_too_large_is_one_problem_whoever_says_so(self, whole, size):
        # Just above the limit it is the service that answers, beyond its own it is nginx.
        body = b" " * size
        headers = ("Content-Type: application/json", f"Content-Length: {size}")
        answer = ask(
            whole[0], "/api/auth/login", *headers, method="POST", body=body if size < TOO_LARGE else b""
        )
        assert (answer.status, answer.json()["code"]) == (413, "CONTENT_TOO_LARGE")

    def test_every_type_of_nginx_leads_to_a_page_of_the_catalogue(self, whole):
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        codes = set(re.findall(r"^        (?:\d{3}|default) +([A-Z_]+);$", text, re.MULTILINE))
        assert len(codes) > 10
        absent = sorted(code for code in codes if ask(whole[0], f"/problems/{code}").status != 200)
        assert absent == []


class TestUploads:
    """Operations with a body limit of their own."""

    def test_limits_are_those_of_the_document(self):
        """A little above them: the service is the one to answer what is just too large."""
        document = json.loads((ROOT / "openapi" / "openapi.json").read_text())
        declared = {
            path: operation["requestBody"]["x-max-body-bytes"]
            for path, item in document["paths"].items()
            for operation in item.values()
            if "x-max-body-bytes" in operation.get("requestBody", {})
        }
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        configured = {
            pattern: int(megabytes) * 2**20
            for pattern, megabytes in re.findall(
                r"location ~ (\^\S+) \{\n +client_max_body_size (\d+)m;", text
            )
        }
        assert declared
        for path, limit in declared.items():
            (found,) = [size for pattern, size in configured.items() if re.search(pattern, path)]
            assert limit < found <= limit + 2 * 2**20, path
        for pattern in configured:
            assert any(re.search(pattern, path) for path in declared), pattern

    @pytest.mark.parametrize("path", ["/api/imports", "/api/imports/"])
    def test_reach_the_service_although_other_bodies_of_that_size_do_not(self, whole, path):
        form = b'--b\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
        body = form + b"x" * TOO_LARGE + b"\r\n--b--\r\n"
        headers = ("Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(body)}")
        assert ask(whole[0], path, *headers, method="POST", body=body).json()["code"] == "UNAUTHORIZED"
        refused = ask(whole[0], "/api/items", *headers, method="POST")
        assert refused.json()["code"] == "CONTENT_TOO_LARGE"

    def test_too_large_by_their_own_account_are_refused_before_they_are_sent(self, whole):
        headers = ("Content-Type: multipart/form-data; boundary=b", f"Content-Length: {2**31}")
        answer = ask(whole[0], "/api/imports", *headers, method="POST")
        assert (answer.status, answer.json()["code"]) == (413, "CONTENT_TOO_LARGE")
