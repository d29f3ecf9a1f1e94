"""A test run that is killed leaves no server behind that it has started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT
from tests.waiting import wait_until

# A run that starts a server, tells its process id and would wait for ever.
RUN = """
import subprocess
from tests.servers import end_with_parent
server = subprocess.Popen(["tail", "-f", "/dev/null"], preexec_fn=end_with_parent)
print(server.pid, flush=True)
server.wait()
"""


def test_its_servers_end_with_it() -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    server = Path(f"/proc/{int(run.stdout.readline())}")
    assert server.exists()
    run.kill()
    run.wait()
    run.stdout.close()

    def is_gone() -> bool:
        # Whoever adopts orphans may not have collected it yet.
        return not server.exists() or server.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z"

    wait_until(is_gone)
