"""The legacy site behind the web app in a test, and the content imported from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, Server, free_port, running

SITE = ROOT / "tests" / "web" / "legacy_app"

# A post that the earlier site had at another address.
MOVED_POST = """+++
title = "From the old site"
date = 2019-05-01
aliases = ["/2019/old address.html"]
+++
It has moved.
"""
FLAGS = "/archive=cookie site=legacy, /tags=header x-site=legacy, /items=50%"


@contextmanager
def legacy_site(folder: Path) -> Iterator[Server]:
    """Serve the small Flask site, as such sites are served."""
    port = free_port()
    command = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "8", "--no-control-socket"]
    with running([sys.executable, *command, "old_site:app"], port, folder, cwd=SITE) as server:
        yield server


def moved_posts(folder: Path) -> Path:
    """Write what `flask import-posts` is to import, and return the folder."""
    folder.mkdir()
    (folder / "from-the-old-site.md").write_text(MOVED_POST, encoding="utf-8")
    return folder
