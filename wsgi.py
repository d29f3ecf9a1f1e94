"""The application for a WSGI server and for the `flask` command: `gunicorn wsgi:app`, `flask run`."""

from __future__ import annotations

from pathlib import Path

from dotenv import load_dotenv

from service.app import create_app

# What the environment already says wins over the file.
load_dotenv(Path(__file__).with_name(".env"), override=False)

app = create_app()
