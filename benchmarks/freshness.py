"""Freshness of public pages: how long after a change the web app shows it, whoever makes the change.

    python -m benchmarks.freshness          # 200 changes, two web servers that share a cache in Redis; some ten minutes
    python -m benchmarks.freshness --alone  # the same with one web server without Redis

Posts are changed by the API, by `flask import-posts` (new files, and changed ones once more) and by their schedule,
never through the web app. Each change shows on two pages, which were in the cache before; they would stay there for an
hour. The time counts from the answer to the change, or from when a scheduled post is due, until all servers show it on
both. A first change is not counted: the worker may still be starting. The aim is that each change is there after 2 s;
the exit status is 1 if one is not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from benchmarks import results
from tests import brokers
from tests.servers import gunicorn, port_of, reserved_port
from tests.web.freshness import Changes, seconds_until_fresh
from tests.web.site import SECRET, bootstrap, build, flask, served, telling, worker

CHANGES = 200
AIM_S = 2.0
# Of ten changes, in turns.
WAYS = ("API", "command", "API", "schedule", "API", "import", "API", "schedule", "command", "import")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("changes", type=int, nargs="?", default=CHANGES, help="how many")
    parser.add_argument("--alone", action="store_true", help="one web server, without Redis")
    parser.add_argument(
        "--built", type=Path, help="a folder with a build of the web app, instead of a new one"
    )
    asked = parser.parse_args()
    print(*(f"- {line}" for line in results.machine()[:2]), sep="\n", flush=True)
    found = measure(asked.changes, alone=asked.alone, built=asked.built)
    print("\n| by | changes | within 2 s | median ms | p95 ms | slowest ms |\n|---|---|---|---|---|---|")
    for way, seconds in [*found.items(), ("all", [each for times in found.values() for each in times])]:
        ordered = sorted(1000 * each for each in seconds)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        fresh = sum(each <= AIM_S for each in seconds)
        print(
            f"| {way} | {len(seconds)} | {fresh} | {statistics.median(ordered):.0f} | {p95:.0f} | {ordered[-1]:.0f} |"
        )
    return int(any(each > AIM_S for seconds in found.values() for each in seconds))


def measure(count: int, *, alone: bool, built: Path | None) -> dict[str, list[float]]:
    """Make changes, and return the seconds until each of them was on all pages, by the way it was made."""
    found: dict[str, list[float]] = defaultdict(list)
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as name,
        reserved_port() as reserved,
        ExitStack() as stack,
    ):
        folder, port = Path(name), port_of(reserved)
        env = telling(port)
        credentials = bootstrap(folder)
        api = stack.enter_context(gunicorn(folder, env=env))
        told = {"PAGE_MAX_AGE_S": "3600", "REVALIDATE_SECRET": SECRET}
        serve = partial(served, built or build(api.url), api_url=api.url, **told)
        shared = {} if alone else {"CACHE_REDIS_URL": stack.enter_context(brokers.redis(folder)).url}
        reserved.close()
        servers = [stack.enter_context(serve(folder / "first", port=port, **shared))]
        if not alone:
            servers.append(stack.enter_context(serve(folder / "second", **shared)))
        stack.enter_context(worker(folder, env))
        urls = [server.url for server in servers]
        changes = Changes(api.url, credentials, partial(flask, folder, env=env), folder / "posts", urls)
        seconds_until_fresh(changes.ways["API"](), *urls)  # not counted: the worker may still be starting
        for way in islice(cycle(WAYS), count):
            found[way].append(seconds_until_fresh(changes.ways[way](), *urls))
    return found


if __name__ == "__main__":
    sys.exit(main())
