"""Lay out a small source tree to plant a fault in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Two features in this order, every layer present, nothing wrong.
TIDY: Mapping[str, str] = {
    "wsgi.py": "from service.app import create_app",
    "service/__init__.py": "",
    "service/config.py": "",
    "service/extensions.py": "from service.config import Settings",
    "service/contract/__init__.py": "from service.contract.problems import Problem",
    "service/contract/problems.py": "",
    "service/models/__init__.py": "from service.models.posts import Post",
    "service/models/posts.py": "from service.extensions import db",
    "service/core/__init__.py": "",
    "service/core/database.py": "from service.extensions import db\ndb.session.commit()",
    "service/tags/__init__.py": "",
    "service/tags/queries.py": "from service.models import Post",
    "service/tags/tasks.py": "from service.tags import queries",
    "service/posts/__init__.py": "",
    "service/posts/schemas.py": "from service.contract import Problem",
    "service/posts/queries.py": "from service.core import database\nfrom service.tags import queries",
    "service/posts/actions.py": "from service.posts import queries\nfrom service.contract import Problem",
    "service/posts/routes.py": "from service.posts import actions, queries, schemas",
    "service/api.py": 'FEATURES: tuple[str, ...] = ("tags", "posts")\nfrom service.posts import routes',
    "service/worker.py": "",
    "service/cli.py": "from service.worker import run",
    "service/app.py": "from service.api import build_api",
}


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write the tidy tree below `root`, with `files` in place of or beside its own."""
    for name, text in {**TIDY, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
