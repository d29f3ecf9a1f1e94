"""Whether response times tell which e-mail addresses have accounts: log-in, password reset and sign-up by mail.

    python -m benchmarks.account_timing           # 500 requests with known and 500 with unknown addresses each
    python -m benchmarks.account_timing 100

Requests are sent one after another over one connection, known and unknown addresses in random order, each address once:
what follows after several failures is alike for both. The number is the area under the ROC curve (AUC): how often a
response to a known address takes longer than one to an unknown address. 0.5 is chance; the aim is 0.55 at the most, in
either direction. No worker runs: it would take turns with the server on a small machine, and does what the requests
have asked for at its own time.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import results
from benchmarks.processes import ROOT, free_port, running
from benchmarks.publication import migrate
from service.app import create_app
from service.config import load_settings
from service.core.passwords import hash_password
from service.core.signing_keys import create_key
from service.extensions import db
from service.models import User
from service.models.users import Role

SAMPLES = 500
WARM_UP = 20
AIM_AUC = 0.55
SEED = 20261130
UNLIMITED = "1000000 per minute"


@dataclass(frozen=True, slots=True)
class Operation:
    """A request that must not tell whether an address has an account, and the status of its response."""

    name: str
    path: str
    status: int
    more: Mapping[str, str]

    def body(self, email: str) -> bytes:
        """Return the body with this address."""
        return json.dumps({"email": email, **self.more}).encode()


OPERATIONS = (
    Operation("log-in with a wrong password", "/api/auth/login", 401, {"password": "not the password"}),
    Operation("password reset", "/api/password-resets", 204, {}),
    Operation("sign-up by mail", "/api/sign-ups", 202, {}),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("samples", type=int, nargs="?", default=SAMPLES, help="requests of each kind")
    samples = parser.parse_args().samples
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        return int(measure(Path(name), samples) > AIM_AUC)


def measure(folder: Path, samples: int) -> float:
    """Print the AUC of each operation; return the one that is farthest from chance, as a value above 0.5."""
    port = free_port()
    environment = {
        "FLASK_ENV": "production",
        "DATABASE_URL": f"sqlite:///{folder}/service.sqlite3",
        "PUBLIC_URL": "http://127.0.0.1",
        "VAR_DIR": str(folder),
        "SIGN_UP": "verified",
        **dict.fromkeys(("RATE_LIMIT_LOGIN", "RATE_LIMIT_REGISTER", "RATE_LIMIT_PASSWORD_RESET"), UNLIMITED),
    }
    create_key(folder / "keys")
    migrate(environment)
    addresses = _addresses(environment, (samples + WARM_UP) * len(OPERATIONS))
    server = [sys.executable, "-m", "gunicorn", "--config", ROOT / "gunicorn.conf.py"]
    on_port = {**environment, "HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    farthest = 0.5
    with running(server, port, folder / "log", environment=on_port, folder=ROOT):
        for operation in OPERATIONS:
            known = [next(addresses[True]) for _ in range(samples + WARM_UP)]
            unknown = [next(addresses[False]) for _ in range(samples + WARM_UP)]
            auc = area_under_curve(*_times(port, operation, known, unknown))
            farthest = max(farthest, auc, 1 - auc)
            print(
                f"- {operation.name}: AUC {auc:.3f}, {samples} known and {samples} unknown addresses",
                flush=True,
            )
    print(f"- farthest from chance: {farthest:.3f} (aim {AIM_AUC})", flush=True)
    return farthest


def area_under_curve(longer: Sequence[float], shorter: Sequence[float]) -> float:
    """Return how often a value of the first sample is above one of the second; ties count half (Mann-Whitney)."""
    wins = sum((one > other) + 0.5 * (one == other) for one in longer for other in shorter)
    return wins / (len(longer) * len(shorter))


def _addresses(environment: Mapping[str, str], number: int) -> dict[bool, Iterator[str]]:
    """Create accounts; return the addresses that have one, and as many others that look alike."""
    emails = [f"person-{each:06}@example.org" for each in range(2 * number)]
    random.Random(SEED).shuffle(emails)
    known, unknown = emails[:number], emails[number:]
    app = create_app(load_settings("production", dict(environment)))
    with app.app_context():
        password_hash = hash_password("correct horse battery staple")
        for each, email in enumerate(known):
            name = f"person-{each}"
            db.session.add(
                User(
                    username=name,
                    display_name=name,
                    email=email,
                    password_hash=password_hash,
                    role=Role.AUTHOR,
                )
            )
        db.session.commit()
        db.engine.dispose()
    return {True: iter(known), False: iter(unknown)}


def _times(
    port: int, operation: Operation, known: Sequence[str], unknown: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Return the seconds of the responses for both kinds of addresses; the first ones of each warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times: dict[bool, list[float]] = {True: [], False: []}
    for one, other in zip(known, unknown, strict=True):
        pair = [(True, one), (False, other)]
        random.shuffle(pair)
        for is_known, email in pair:
            times[is_known].append(_time(connection, operation, email))
    connection.close()
    return times[True][WARM_UP:], times[False][WARM_UP:]


def _time(connection: http.client.HTTPConnection, operation: Operation, email: str) -> float:
    body = operation.body(email)
    begin = time.perf_counter()
    connection.request("POST", operation.path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    took = time.perf_counter() - begin
    if response.status != operation.status:
        raise RuntimeError(f"{operation.name}: {response.status} in place of {operation.status}")
    return took


if __name__ == "__main__":
    raise SystemExit(main())
