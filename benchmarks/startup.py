"""Start-up time until the first response, and memory of a worker.

    python -m benchmarks.startup            # medians of five starts, on an empty SQLite database

Start-up is from the command to the first answer of `/health/ready`, as an orchestrator sees it. Memory is of one of the
two workers: all that it holds, and what would be free if it ended; before and after five seconds of work.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from benchmarks import results
from benchmarks.load import own_client
from benchmarks.processes import ROOT, free_port, inherited, resident_bytes, running, tree, unique_bytes
from benchmarks.publication import migrate
from benchmarks.scenarios import Request
from service.core.signing_keys import create_key

STARTS = 5
DEADLINE_S = 60
WORK_S = 5
MEBIBYTE = 1024 * 1024
REQUESTS = [
    Request(path) for path in ("/api/posts", "/api/tags", "/openapi.json", "/api/nothing", "/api/items")
]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--starts", type=int, default=STARTS, help="how often the service is started")
    starts = parser.parse_args().starts
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        environment = {
            "FLASK_ENV": "production",
            "DATABASE_URL": f"sqlite:///{folder}/service.sqlite3",
            "PUBLIC_URL": "http://127.0.0.1",
            "VAR_DIR": str(folder),
        }
        create_key(folder / "keys")
        migrate(environment)
        _report(folder, environment, starts)


def _report(folder: Path, environment: dict[str, str], starts: int) -> None:
    imports = [import_s(environment) for _ in range(starts)]
    print(f"- importing wsgi and making the application: {statistics.median(imports) * 1_000:.0f} ms")
    answers = [first_answer_s(folder, environment) for _ in range(starts)]
    print(f"- from the command to the first answer: {statistics.median(answers) * 1_000:.0f} ms")
    for title, (resident, unique) in memory(folder, environment).items():
        print(
            f"- a worker {title}: {resident / MEBIBYTE:.0f} MiB, {unique / MEBIBYTE:.0f} MiB of them its own"
        )


def import_s(environment: dict[str, str]) -> float:
    """Return how many seconds of a new process go to the application, the interpreter's own start left out."""
    program = "import time; begin = time.perf_counter(); import wsgi; print(time.perf_counter() - begin)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**inherited(), **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def first_answer_s(folder: Path, environment: dict[str, str]) -> float:
    """Return how many seconds pass from the start of gunicorn to the first answer that it is ready."""
    port = free_port()
    begin = time.perf_counter()
    with running(*_gunicorn(port), folder / "log", environment=_on(port, environment), folder=ROOT):
        while not _is_ready(port):
            if time.perf_counter() - begin > DEADLINE_S:
                raise RuntimeError((folder / "log").read_text(errors="replace")[-4000:])
            time.sleep(0.01)
        return time.perf_counter() - begin


def memory(folder: Path, environment: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Return the resident and the unique bytes of the larger worker, before and after some work."""
    port = free_port()
    with running(
        *_gunicorn(port), folder / "log", environment=_on(port, environment), folder=ROOT
    ) as process:
        while not _is_ready(port):
            time.sleep(0.05)
        found = {"after its start": _largest(process.pid)}
        done = own_client(port, REQUESTS, WORK_S, folder)
        found[f"after {done.requests:,} requests by both"] = _largest(process.pid)
    return found


def _gunicorn(port: int) -> tuple[list[str | Path], int]:
    return [sys.executable, "-m", "gunicorn", "--config", ROOT / "gunicorn.conf.py"], port


def _on(port: int, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2"}


def _largest(root: int) -> tuple[int, int]:
    _, *workers = tree(root)
    return max((resident_bytes(worker), unique_bytes(worker)) for worker in workers)


def _is_ready(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


if __name__ == "__main__":
    main()
