"""The Celery application for commands of Celery itself, with `JOB_ENGINE=celery`: `celery --app celery_app flower`.

Workers are started with `flask worker`.
"""

from __future__ import annotations

from click import ClickException

import wsgi

if "celery" not in wsgi.app.extensions:
    raise ClickException("JOB_ENGINE is not celery: there is no Celery application.")
app = wsgi.app.extensions["celery"]
