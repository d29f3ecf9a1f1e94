"""Refusals of uploads that the service sends before it has read the body: how many reach the client.

    python -m benchmarks.refused_uploads          # 10,000 uploads of 1 kB to 30 MB
    python -m benchmarks.refused_uploads 1000

`http.client`, `urllib` and `requests` send them, directly and through nginx with deploy/nginx.conf, and go on sending
whatever arrives meanwhile. A broken connection, a 502 or another status than the expected one counts as broken; the
exit status is 1 if there is one. Each refusal is sent to gunicorn's own thread worker too, which does not wait for
the rest of a body. Sizes are spread evenly over the orders of magnitude, with a seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import http.client
import math
import random
import select
import ssl
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

import requests

from benchmarks import results
from service.config import Settings
from tests.servers import gunicorn, migrate, nginx

THREADS = 6
TIMEOUT_S = 60
SMALLEST_BYTES, LARGEST_BYTES = 1_000, 30_000_000
SMALL_UPLOADS = 500
TOO_LARGE = 413
NGINX_MAX_BYTES = 2 * 1024 * 1024  # client_max_body_size of deploy/nginx.conf
PASSWORD = "staple correct horse"
JSON = {"Content-Type": "application/json"}
NO_DATABASE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"

WAYS = DIRECT, NGINX, STOCK = "direct", "through nginx", "gunicorn's own worker"

# One array of bytes for all: what is sent does not matter, how much does.
CONTENT = memoryview(b" " * LARGEST_BYTES)

_OF_THREAD = threading.local()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request whose body is refused with `status`, and the server that does so."""

    status: int
    method: str
    path: str
    headers: Mapping[str, str]
    without_database: bool = False


class Origin(NamedTuple):
    """Where uploads go: the URL, and the file with the certificate that nginx shows."""

    url: str
    certificate: Path | None = None


# A way to the service, with and without a database behind it.
Origins: TypeAlias = Mapping[tuple[str, bool], Origin]


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: where it goes, with which client, and how it must be refused."""

    way: str
    origin: Origin
    client: str
    size: int
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an upload; `said` is empty when the expected status arrived."""

    upload: Upload
    seconds: float
    said: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("uploads", type=int, nargs="?", default=10_000, help="how many on each way")
    count = parser.parse_args().uploads
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, servers(Path(name)) as (origins, refusals):
        # Kept connections are opened and code is loaded before anything is measured.
        small = [one for one in refusals if one.status != TOO_LARGE]
        for upload in planned(30, origins, small):
            send(dataclasses.replace(upload, size=SMALLEST_BYTES))
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(send, planned(count, origins, refusals)))
        alone = [
            send(dataclasses.replace(upload, size=SMALLEST_BYTES))
            for upload in planned(SMALL_UPLOADS, origins, small)
        ]
    report(outcomes)
    report_small(alone)
    return int(any(outcome.said for outcome in outcomes if outcome.upload.way != STOCK))


@contextmanager
def servers(folder: Path, ways: Sequence[str] = WAYS) -> Iterator[tuple[Origins, list[Refusal]]]:
    """Serve the service with and without a database on each of `ways`; yield the origins and the refusals."""
    database_url = f"sqlite:///{folder}/service.sqlite3"
    migrate(database_url, folder)
    environment = {"TRUSTED_PROXIES": "1", "RATE_LIMIT_REGISTER": "1 per day", "ACCESS_TOKEN_S": "86400"}
    origins: dict[tuple[str, bool], Origin] = {}
    with ExitStack() as stack:
        # Both have the same keys, in `folder`: without a database a token is accepted and its account not found.
        for without_database, url in ((False, database_url), (True, NO_DATABASE)):
            server = stack.enter_context(gunicorn(folder, database_url=url, env=environment))
            origins[DIRECT, without_database] = Origin(server.url)
            if NGINX in ways:
                home = folder / f"nginx-{server.port}"
                _, secure = stack.enter_context(nginx(home, server.port, name="127.0.0.1"))
                origins[NGINX, without_database] = Origin(secure.url, home / "fullchain.pem")
            if STOCK in ways:
                stock = gunicorn(
                    folder, database_url=url, env=environment, options=("--worker-class", "gthread")
                )
                origins[STOCK, without_database] = Origin(stack.enter_context(stock).url)
        refusals = refusals_for(access_token(origins[DIRECT, False].url))
        # Left before the servers stop: they would wait for a last request on each kept connection.
        stack.callback(close_connections)
        yield origins, refusals


def access_token(url: str) -> str:
    """Register a reader, which uses up the one registration of the day; return an access token."""
    account = {
        "username": "uploader",
        "display_name": "Uploader",
        "email": "u@example.org",
        "password": PASSWORD,
    }
    requests.post(f"{url}/api/users", json=account, timeout=60).raise_for_status()
    answer = requests.post(
        f"{url}/api/auth/login", json={k: account[k] for k in ("email", "password")}, timeout=60
    )
    return str(answer.json()["access_token"])


def refusals_for(token: str) -> list[Refusal]:
    """Return one refusal of each status that is decided before the body is read."""
    bearer = {**JSON, "Authorization": f"Bearer {token}"}
    return [
        Refusal(401, "POST", "/api/items", JSON),
        Refusal(403, "POST", "/api/tags", bearer),
        Refusal(404, "POST", "/api/nowhere", JSON),
        Refusal(TOO_LARGE, "PATCH", "/api/auth/me", bearer),
        Refusal(415, "PATCH", "/api/auth/me", {**bearer, "Content-Type": "text/plain"}),
        Refusal(429, "POST", "/api/users", JSON),
        Refusal(503, "POST", "/api/items", bearer, without_database=True),
    ]


def planned(count: int, origins: Origins, refusals: list[Refusal]) -> Iterator[Upload]:
    """Yield `count` uploads for each way, the ways in turn."""
    dice = random.Random(1)
    ways = list(dict.fromkeys(way for way, _ in origins))
    for _ in range(count):
        size = round(math.exp(dice.uniform(math.log(SMALLEST_BYTES), math.log(LARGEST_BYTES))))
        refusal = dice.choice([one for one in refusals if possible(one, size)])
        client = dice.choice(list(CLIENTS))
        for way in ways:
            yield Upload(way, origins[way, refusal.without_database], client, size, refusal)


def possible(refusal: Refusal, size: int) -> bool:
    """Tell whether a body of `size` bytes is refused with this status: size comes before type."""
    too_large = size > Settings().max_body_bytes
    return {TOO_LARGE: too_large, 415: not too_large}.get(refusal.status, True)


def expected(upload: Upload) -> int:
    """Return the status that must arrive: nginx refuses by itself what is beyond its own limit."""
    return TOO_LARGE if upload.way == NGINX and upload.size > NGINX_MAX_BYTES else upload.refusal.status


def send(upload: Upload) -> Outcome:
    """Send an upload and read the response."""
    begin = time.perf_counter()
    try:
        status = CLIENTS[upload.client](upload)
        said = "" if status == expected(upload) else f"{status} in place of {expected(upload)}"
    except (OSError, http.client.HTTPException, requests.RequestException) as error:
        said = type(error).__name__
    return Outcome(upload, time.perf_counter() - begin, said)


def by_http_client(upload: Upload) -> int:
    """Send on a kept connection of this thread, which `http.client` opens anew when the server has closed it."""
    connections: dict[str, http.client.HTTPConnection] = _OF_THREAD.__dict__.setdefault("connections", {})
    if upload.origin.url not in connections:
        host = urlsplit(upload.origin.url).netloc
        connections[upload.origin.url] = (
            http.client.HTTPSConnection(host, timeout=TIMEOUT_S, context=tls(upload.origin.certificate))
            if upload.origin.certificate
            else http.client.HTTPConnection(host, timeout=TIMEOUT_S)
        )
    connection = connections[upload.origin.url]
    # Closed by the server after some idle time: not a matter of the upload, and every client's pool looks first.
    if connection.sock and select.select([connection.sock], [], [], 0)[0]:
        connection.close()
    try:
        connection.request(
            upload.refusal.method, upload.refusal.path, CONTENT[: upload.size], headers(upload)
        )
        response = connection.getresponse()
        response.read()
    except BaseException:
        connection.close()
        raise
    return response.status


def close_connections() -> None:
    """Close what this thread has kept."""
    for connection in _OF_THREAD.__dict__.pop("connections", {}).values():
        connection.close()
    if session := _OF_THREAD.__dict__.pop("session", None):
        session.close()


def by_urllib(upload: Upload) -> int:
    """Send on a connection of its own."""
    refusal = upload.refusal
    request = urllib.request.Request(
        upload.origin.url + refusal.path, CONTENT[: upload.size], headers(upload), method=refusal.method
    )
    try:
        with urllib.request.urlopen(
            request, timeout=TIMEOUT_S, context=tls(upload.origin.certificate)
        ) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        with refused:
            refused.read()
            return refused.code


def by_requests(upload: Upload) -> int:
    """Send with the session of this thread, which keeps connections."""
    session: requests.Session = _OF_THREAD.__dict__.setdefault("session", requests.Session())
    refusal = upload.refusal
    return session.request(
        refusal.method,
        upload.origin.url + refusal.path,
        data=CONTENT[: upload.size],
        headers=headers(upload),
        timeout=TIMEOUT_S,
        verify=str(upload.origin.certificate),
    ).status_code


def headers(upload: Upload) -> dict[str, str]:
    """Return the headers of the request."""
    return {**upload.refusal.headers, "Content-Length": str(upload.size)}


@cache
def tls(certificate: Path | None) -> ssl.SSLContext | None:
    """Return what `certificate` is verified with."""
    return ssl.create_default_context(cafile=certificate) if certificate else None


CLIENTS: Mapping[str, Callable[[Upload], int]] = {
    "http.client": by_http_client,
    "urllib": by_urllib,
    "requests": by_requests,
}


def report(outcomes: list[Outcome]) -> None:
    """Print how many arrived, by way, and how long small ones took."""
    for way in dict.fromkeys(outcome.upload.way for outcome in outcomes):
        those = [outcome for outcome in outcomes if outcome.upload.way == way]
        broken = Counter(f"{outcome.upload.client}: {outcome.said}" for outcome in those if outcome.said)
        sent_gb = sum(outcome.upload.size for outcome in those) / 1e9
        print(f"- {way}: {len(those)} uploads ({sent_gb:.1f} GB), {sum(broken.values())} broken")
        for said, number in broken.most_common():
            print(f"  - {number} x {said}")


def report_small(outcomes: list[Outcome]) -> None:
    """Print how long those take who send little and alone, in comparison with gunicorn's own worker."""
    median_ms = {
        way: statistics.median(one.seconds for one in outcomes if one.upload.way == way) * 1000
        for way in (DIRECT, STOCK)
    }
    print(
        f"- {SMALLEST_BYTES} bytes, one at a time: median {median_ms[DIRECT]:.2f} ms, with gunicorn's own worker "
        f"{median_ms[STOCK]:.2f} ms: {median_ms[DIRECT] / median_ms[STOCK]:.2f} of the time"
    )


if __name__ == "__main__":
    sys.exit(main())
