"""Load generator: wrk where it is installed, else a client of our own, in a process of its own.

    python -m benchmarks.load PORT SECONDS CONNECTIONS < requests.json     # the client of our own

Both keep a fixed number of connections open, send the next request of the list when an answer has come, and count
what is not the expected status. Our own takes some 20 times the processor time of wrk: ratios of processor time
hold, requests per second are too low.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.scenarios import Request

CONNECTIONS = 16
ANSWER_TIMEOUT_S = 30

SCRIPT = """
local requests = {
%s
}
local at, wrong = 0, 0
function request()
  at = at %% #requests + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %%d, "seconds": %%.6f, "failed": %%d, "p50_ms": %%.3f, "p99_ms": %%.3f}\\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: answers, in how many seconds, how many of them wrong, and how long the client waited."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float


def client() -> str:
    """Return which client is used."""
    return "wrk" if shutil.which("wrk") else "benchmarks/load.py"


def load(port: int, requests: Sequence[Request], seconds: float, folder: Path) -> Load:
    """Send these requests in turn, over 16 connections, for so many seconds."""
    return (_wrk if shutil.which("wrk") else own_client)(port, requests, seconds, folder)


def _wrk(port: int, requests: Sequence[Request], seconds: float, folder: Path) -> Load:
    script = folder / "wrk.lua"
    script.write_text(SCRIPT % ",\n".join(_lua(raw(port, request).decode()) for request in requests))
    address = f"http://127.0.0.1:{port}"
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        f"{ANSWER_TIMEOUT_S}s",
    ]
    return _measured([*command, "--script", str(script), address], seconds)


def own_client(port: int, requests: Sequence[Request], seconds: float, folder: Path) -> Load:
    """As `load`, by the client in this module."""
    given = folder / "requests.json"
    given.write_text(json.dumps([asdict(request) for request in requests]))
    command = [sys.executable, "-m", "benchmarks.load", str(port), str(seconds), str(CONNECTIONS), str(given)]
    return _measured(command, seconds)


def _measured(command: Sequence[str], seconds: float) -> Load:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 2 * ANSWER_TIMEOUT_S
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))


def _lua(text: str) -> str:
    """Return a text as a literal of Lua, which knows JSON's escapes but for those of Unicode."""
    return "".join(
        letter if letter.isalnum() and letter.isascii() else f"\\{byte:03}"
        for letter in text
        for byte in letter.encode()
    ).join('""')


def raw(port: int, request: Request) -> bytes:
    """Return a request as it is sent."""
    body = request.body.encode()
    headers = {"Host": f"127.0.0.1:{port}", **request.headers}
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [
        f"{request.method} {request.path} HTTP/1.1",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _drive(port: int, requests: Sequence[bytes], seconds: float, connections: int) -> Load:
    numbers, waits, failed = count(), [], 0
    begin = time.perf_counter()

    async def one_after_another() -> None:
        nonlocal failed
        streams = None
        while time.perf_counter() - begin < seconds:
            sent = time.perf_counter()
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    streams = streams or await asyncio.open_connection("127.0.0.1", port)
                    streams[1].write(requests[next(numbers) % len(requests)])
                    status, kept = await _answer(streams[0])
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                status, kept = 0, False
            waits.append(time.perf_counter() - sent)
            failed += not 200 <= status < 400
            if not kept and streams is not None:
                streams[1].close()
                streams = None
        if streams is not None:
            streams[1].close()

    await asyncio.gather(*(one_after_another() for _ in range(connections)))
    took_s = time.perf_counter() - begin
    waits.sort()
    shown = [waits[int(len(waits) * part)] * 1_000 for part in (0.5, 0.99)]
    return Load(len(waits), took_s, failed, *shown)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Read one answer; return its status, and whether the connection is kept."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status, length = int(head[9:12]), head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    elif status not in {204, 304}:
        raise OSError("an answer without Content-Length")
    return status, b"\r\nconnection: close" not in head


def main() -> None:
    port, seconds, connections, given = sys.argv[1:]
    requests = [raw(int(port), Request(**found)) for found in json.loads(Path(given).read_text())]
    done = asyncio.run(_drive(int(port), requests, float(seconds), int(connections)))
    print(json.dumps(asdict(done)))


if __name__ == "__main__":
    main()
