"""Progress lines: repeated while a command runs, updated in place on a terminal, the output shown on failure."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tests.web.scripts import FOLDER, import_script

DEADLINE_S = 600
INTERVAL_S = "0.05"
WAIT_FOR_FILE = "until [ -e go ]; do sleep 0.02; done"


def start(
    folder: Path, *command: str, output: int = subprocess.PIPE, interval_s: str = INTERVAL_S
) -> subprocess.Popen[bytes]:
    arguments = [
        sys.executable,
        str(FOLDER / "progress.py"),
        "--interval",
        interval_s,
        "Installing",
        "--",
        *command,
    ]
    return subprocess.Popen(arguments, cwd=folder, stdout=output, stderr=output)


@pytest.fixture
def deadline() -> Iterator[None]:
    """End the test with an error rather than wait for ever for a line that does not come."""

    def fail(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(DEADLINE_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("deadline")
class TestCommand:
    def test_lines_follow_while_it_runs(self, tmp_path: Path) -> None:
        with start(tmp_path, "sh", "-c", f"echo hidden; {WAIT_FOR_FILE}") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"Installing ...\n"
            for _ in range(3):
                assert re.fullmatch(rb"Installing \.\.\. \d+ s\n", process.stdout.readline())
            (tmp_path / "go").touch()
            *more, last = process.stdout.read().splitlines()
            assert all(re.fullmatch(rb"Installing \.\.\. \d+ s", line) for line in more)
            assert re.fullmatch(rb"Installing \.\.\. done \(\d+ s\)", last)
            assert process.wait() == 0

    def test_one_line_is_updated_on_a_terminal(self, tmp_path: Path) -> None:
        main, terminal = pty.openpty()
        with start(tmp_path, "sh", "-c", WAIT_FOR_FILE, output=terminal) as process:
            os.close(terminal)
            written = b""
            while written.count(b"\rInstalling ... ") < 3:
                written += os.read(main, 1000)
            assert b"\n" not in written
            (tmp_path / "go").touch()
            assert process.wait() == 0
            while b"\n" not in written:
                written += os.read(main, 1000)
            os.close(main)
            assert re.search(rb"\r\x1b\[KInstalling \.\.\. done \(\d+ s\)\r\n$", written)

    def test_what_a_failing_command_wrote_is_shown(self, tmp_path: Path) -> None:
        with start(
            tmp_path, "sh", "-c", "echo out; echo err >&2; exit 3", interval_s=str(DEADLINE_S)
        ) as process:
            output, _ = process.communicate()
            assert re.fullmatch(rb"Installing \.\.\.\nInstalling \.\.\. failed \(\d+ s\)\nout\nerr\n", output)
            assert process.returncode == 3

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
    def test_an_interrupted_command_leaves_no_process(self, tmp_path: Path, number: signal.Signals) -> None:
        # Its child outlives a signal to the shell alone.
        with start(tmp_path, "sh", "-c", "sleep 100000 & echo $! > pid; mv pid child; wait") as process:
            assert process.stdout is not None
            while not (tmp_path / "child").exists():
                process.stdout.readline()
            child = int((tmp_path / "child").read_text())
            process.send_signal(number)
            assert b"Installing ... interrupted" in process.stdout.read()
            assert process.wait() == 130
            wait_until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended may wait for its parent to notice."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.usefixtures("deadline")
def test_lines_are_written_above_the_progress_line() -> None:
    main, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        console = import_script("progress").Console(stream, interval_s=DEADLINE_S)
        with console.step("Building"):
            writer = threading.Thread(target=console.write_line, args=("api | a line",))
            writer.start()
            writer.join()
        stream.flush()
        written = b""
        while b"done" not in written:
            written += os.read(main, 1000)
    os.close(main)
    assert b"\rBuilding ...\x1b[K\r\x1b[Kapi | a line\r\nBuilding ...\r\x1b[KBuilding ... done" in written
