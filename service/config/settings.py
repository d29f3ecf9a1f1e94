"""All settings, with type, unit, default and description, by area. They are read from the environment in `loading`."""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, fields
from datetime import tzinfo
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app

from service.config.account_settings import AccountSettings
from service.config.database_settings import DatabaseSettings
from service.config.job_settings import JobSettings
from service.config.mail_settings import SMTP_PORTS, MailSettings
from service.config.media_settings import MediaSettings
from service.config.server_settings import ServerSettings
from service.config.storage_settings import StorageSettings
from service.config.variables import Variable, database_address, zone_of

ENVIRONMENT_DEFAULTS: dict[str, dict[str, Any]] = {
    "development": {},
    # High, so that only the tests of rate limits, which set their own, reach a limit.
    "testing": {
        "rate_limit_login": "1000000 per minute",
        "rate_limit_register": "1000000 per minute",
        "rate_limit_links": "1000000 per minute",
        "login_failures": 1_000_000,
    },
    "production": {"log_format": "json"},
}


@dataclass(frozen=True, kw_only=True)
class Settings(
    StorageSettings,
    MediaSettings,
    MailSettings,
    JobSettings,
    AccountSettings,
    DatabaseSettings,
    ServerSettings,
):
    """The settings of an application. After creation paths are absolute and URLs normalized.

    The fields of the last base come first: a dataclass takes them in the order of method resolution, reversed.
    """

    def __post_init__(self) -> None:
        var_dir = self.var_dir.absolute()
        self._set("var_dir", var_dir)
        self._set(
            "database_url", database_address(self.database_url or f"sqlite:///{var_dir}/colophon.sqlite3")
        )
        self._set(
            "jwt_keys_dir",
            (var_dir / "keys" if self.jwt_keys_dir == Path() else self.jwt_keys_dir).absolute(),
        )
        self._set(
            "upload_dir", (var_dir / "uploads" if self.upload_dir == Path() else self.upload_dir).absolute()
        )
        self._set("jwt_issuer", self.jwt_issuer or self.public_url)
        self._set("site_url", self.site_url or self.public_url)
        self._set(
            "ratelimit_storage_url", self.ratelimit_storage_url or f"sqlite:///{var_dir}/rate-limits.sqlite3"
        )

        self._set("mail_from", self.mail_from or f"Colophon <noreply@{_mail_domain(self.site_url)}>")

    @property
    def smtp_port(self) -> int:
        """Return the port of the SMTP server: that of its encryption, if no other is set."""
        return self.mail_port or SMTP_PORTS[self.mail_tls]

    @property
    def site_zone(self) -> tzinfo:
        """Return the time zone of the publication."""
        return zone_of(self.site_time_zone)

    @property
    def mail_dir(self) -> Path:
        """Return the directory of mail that is written to files."""
        return self.var_dir / "mail"

    @property
    def media_dir(self) -> Path:
        """Return the directory of media files in the local storage."""
        return self.var_dir / "media"

    @property
    def export_dir(self) -> Path:
        """Return the directory of the archives of exports."""
        return self.var_dir / "exports"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def rate_limits(self) -> dict[str, str]:
        """Return the rate limits by name: `rate_limit_login` is `login`."""
        prefix = "rate_limit_"
        return {
            f.name.removeprefix(prefix): getattr(self, f.name)
            for f in fields(self)
            if f.name.startswith(prefix)
        }


def _mail_domain(url: str) -> str:
    """Return the domain for mail from the host of `url`: an IP address is none."""
    host = urlsplit(url).hostname or ""
    return host if re.search("[a-z]", host) and ":" not in host else "localhost"


def settings() -> Settings:
    """Return the settings of the current application."""
    return cast(Settings, current_app.extensions["settings"])


def variable_of(setting: Field[Any]) -> Variable:
    """Return the environment variable of a field of `Settings`."""
    return cast(Variable, setting.metadata["variable"])
