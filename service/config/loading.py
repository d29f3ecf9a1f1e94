"""Loads the settings from environment variables.

The environments differ in `ENVIRONMENT_DEFAULTS`; production also refuses to start without its required settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from service.config.server_settings import ENVIRONMENTS
from service.config.settings import ENVIRONMENT_DEFAULTS, Settings, variable_of
from service.config.storage_settings import storage_problems


class ConfigError(click.ClickException, ValueError):
    """The settings are invalid or incomplete; the message lists all problems."""


def load_settings(name: str | None, environ: Mapping[str, str]) -> Settings:
    """Load the settings of environment `name`, by default that of `FLASK_ENV`.

    Absent and empty variables have their defaults. Raise `ConfigError` with all problems at once.
    """
    environment = name or environ.get("FLASK_ENV") or "development"
    if environment not in ENVIRONMENTS:
        raise ConfigError(f"FLASK_ENV is {environment!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
    values: dict[str, Any] = dict(ENVIRONMENT_DEFAULTS[environment])
    wrong: list[str] = []
    for setting in fields(Settings):
        variable = variable_of(setting)
        text = environ.get(variable.name, "").strip()
        if text:
            try:
                values[setting.name] = variable.parse(text)
            except ValueError as error:
                wrong.append(variable.error_message(text, str(error)))
    if values.get("job_engine") == "celery" and not values.get("job_broker_url"):
        wrong.append("JOB_BROKER_URL is not set. JOB_ENGINE=celery needs the URL of Redis or RabbitMQ.")
    if values.get("mail_username") and values.get("mail_tls") == "none":
        wrong.append("MAIL_USERNAME is set and MAIL_TLS is 'none': the password would be sent unencrypted.")
    if values.get("revalidate_urls") and not values.get("revalidate_secret"):
        wrong.append(
            "REVALIDATE_SECRET is not set. Set it to what the web app has, or unset REVALIDATE_URLS."
        )
    wrong.extend(storage_problems(values))
    if environment == "production":
        wrong.extend(_missing(environ, Settings(**values).jwt_keys_dir))
    if wrong:
        raise ConfigError(_error_report(environment, wrong))
    return Settings(**{**values, "environment": environment})


def _missing(environ: Mapping[str, str], keys_dir: Path) -> list[str]:
    """Return the error messages for settings that production requires."""
    missing = []
    if not environ.get("DATABASE_URL"):
        missing.append(
            "DATABASE_URL is not set. Set it to a URL such as postgresql://user:password@host/name."
        )
    if not environ.get("PUBLIC_URL"):
        missing.append("PUBLIC_URL is not set. Set it to the public URL, such as https://blog.example.org.")
    if environ.get("MAIL_HOST") and not environ.get("MAIL_FROM"):
        missing.append("MAIL_FROM is not set. Set it to the sender, such as Blog <mail@blog.example.org>.")
    # Flask sets this variable while a CLI command runs: `flask keys create` must work without a key.
    running_a_command = environ.get("FLASK_RUN_FROM_CLI") == "true"
    if not running_a_command and not any(keys_dir.glob("*.pem")):
        missing.append(
            f"No signing key in {keys_dir}. Create one with `flask keys create`, or set JWT_KEYS_DIR."
        )
    return missing


def _error_report(environment: str, wrong: list[str]) -> str:
    return "\n".join([f"Invalid {environment} settings:", *(f"  - {line}" for line in wrong)])
