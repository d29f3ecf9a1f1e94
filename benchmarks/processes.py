"""Starts and stops server processes, and measures the CPU time of a process with its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What a server may know of the environment it is started from: a developer's settings change no number.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def inherited() -> dict[str, str]:
    """Return the part of this process's environment that others may see."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path], port: int, log: Path, *, environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that comes to listen on `port`, in `folder`, until the block ends."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**inherited(), **environment},
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process as an operator would, and its group if it does not listen."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def tree(root: int) -> list[int]:
    """Return the process `root` and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        if (fields := _stat(int(folder.name))) is not None:
            children[int(fields[1])].append(int(folder.name))
    found = [root]
    for process in found:
        found.extend(children[process])
    return found


def cpu_s(root: int) -> float:
    """Return the processor time, in seconds, that `root` and its descendants have had, ended ones included."""
    total = 0
    for process in tree(root):
        if (fields := _stat(process)) is not None:
            # utime, stime, and those of children that ended and were waited for
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS_PER_S


def busy_s() -> float:
    """Return the processor time, in seconds, that the whole machine has spent on anything."""
    with Path("/proc/stat").open() as file:
        user, nice, system, _idle, _iowait, *rest = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(rest)) / TICKS_PER_S


def resident_bytes(process: int) -> int:
    """Return how much memory a process holds, shared pages included."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_BYTES


def unique_bytes(process: int) -> int:
    """Return how much memory would become free if the process ended."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    private = [line.split()[1] for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))]
    return sum(map(int, private)) * 1024


def _stat(process: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat behind the name, the state first; None for a process that is gone."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return None


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} did not start:\n{log.read_text(errors='replace')[-4000:]}")
