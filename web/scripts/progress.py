"""Progress lines for steps that take long: `Building the web app ... 12 s`.

On a terminal the line is updated in place. Elsewhere it is written when the step starts, every ten seconds, and when
it ends. As a program it runs one command, whose output is shown only if it fails::

    python3 web/scripts/progress.py "Installing the packages" -- npm ci
"""

# Its output is the progress, and its purpose is to run a command.
# ruff: noqa: INP001, S603

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

TERMINAL_INTERVAL_S = 1.0
LOG_INTERVAL_S = 10.0

START_OF_LINE = "\r"
CLEAR_TO_END_OF_LINE = "\x1b[K"


class Console:
    """A stream to which several threads write whole lines while one progress line stands below them."""

    def __init__(self, stream: TextIO, interval_s: float | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._progress = ""
        self.is_terminal = stream.isatty()
        self._interval_s = interval_s or (TERMINAL_INTERVAL_S if self.is_terminal else LOG_INTERVAL_S)

    def write_line(self, line: str) -> None:
        """Write a line above the progress line, if there is one."""
        with self._lock:
            if self.is_terminal and self._progress:
                self._stream.write(START_OF_LINE + CLEAR_TO_END_OF_LINE)
            self._stream.write(f"{line}\n")
            if self.is_terminal:
                self._stream.write(self._progress)
            self._stream.flush()

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Show `label` and the seconds that have passed until the block ends."""
        started_at = time.monotonic()
        ended = threading.Event()

        def keep_alive() -> None:
            while not ended.wait(self._interval_s):
                self._show_progress(f"{label} ... {time.monotonic() - started_at:.0f} s")

        self._show_progress(f"{label} ...")
        ticker = threading.Thread(target=keep_alive, daemon=True)
        ticker.start()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            ended.set()
            ticker.join()
            self._end_progress(f"{label} ... {outcome} ({time.monotonic() - started_at:.0f} s)")

    def _show_progress(self, text: str) -> None:
        with self._lock:
            if self.is_terminal:
                self._progress = text
                self._stream.write(START_OF_LINE + text + CLEAR_TO_END_OF_LINE)
            else:
                self._stream.write(f"{text}\n")
            self._stream.flush()

    def _end_progress(self, text: str) -> None:
        with self._lock:
            self._progress = ""
            if self.is_terminal:
                self._stream.write(START_OF_LINE + CLEAR_TO_END_OF_LINE)
            self._stream.write(f"{text}\n")
            self._stream.flush()


def run_command(
    console: Console,
    label: str,
    command: Sequence[str],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a command as one step and return its exit status; show what it wrote if that is not 0.

    The command leads a process group of its own, so that nothing that it started outlives an interruption.
    """
    with tempfile.TemporaryFile() as output:
        try:
            with console.step(label):
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                try:
                    status = process.wait()
                finally:
                    end_process_group(process)
                subprocess.CompletedProcess(command, status).check_returncode()
        except subprocess.CalledProcessError as error:
            output.seek(0)
            for line in output.read().decode(errors="replace").splitlines():
                console.write_line(line)
            return error.returncode
    return 0


def end_process_group(process: subprocess.Popen[bytes], within_s: float = 10.0) -> None:
    """Ask a process that leads a group to end; then end what is left of the group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(within_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> int:
    """Run the command of the command line; return its exit status."""
    parser = argparse.ArgumentParser(description="Run a command and show that it is alive.")
    parser.add_argument("--interval", type=float, metavar="SECONDS", help="time between two progress lines")
    parser.add_argument("label", help="what the command does")
    parser.add_argument("command", nargs="+", help="the command, after --")
    arguments = parser.parse_args()
    # SIGINT too: a shell without job control lets background commands ignore it, and Python leaves it so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return run_command(Console(sys.stdout, arguments.interval), arguments.label, arguments.command)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
