"""Settings of mail: the server that takes it, and its sender."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from service.config.variables import (
    Variable,
    env_field,
    folder,
    integer,
    mail_sender,
    one_of,
    printable_text,
    secret,
)

SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """How mail is sent. Without a server it is written to files."""

    mail_host: str = env_field(
        "",
        Variable(
            "MAIL_HOST",
            printable_text(255),
            "SMTP server that takes mail.",
            default_text="none: mail is written to files in VAR_DIR/mail",
        ),
    )
    mail_port: int | None = env_field(
        None,
        Variable(
            "MAIL_PORT",
            integer(1, 65535),
            "Port of the SMTP server.",
            unit="TCP port",
            default_text="587, with `MAIL_TLS=tls` 465, with `none` 25",
        ),
    )
    mail_tls: str = env_field(
        "starttls",
        Variable(
            "MAIL_TLS",
            one_of(*SMTP_PORTS),
            "Encryption of the connection to the SMTP server. Its certificate is verified, and nothing is sent "
            "unencrypted instead.",
        ),
    )
    mail_ca_file: Path = env_field(  # noqa: RUF009 - it calls dataclasses.field
        Path(),
        Variable(
            "MAIL_CA_FILE",
            folder,
            "PEM file with the certificate authority of the SMTP server.",
            default_text="those of the system",
        ),
    )
    mail_username: str = env_field(
        "",
        Variable(
            "MAIL_USERNAME", printable_text(255), "User name on the SMTP server.", default_text="no login"
        ),
    )
    mail_password: str = env_field(
        "", Variable("MAIL_PASSWORD", secret(1), "Password on the SMTP server.", is_secret=True)
    )
    mail_timeout_s: int = env_field(
        10,
        Variable(
            "MAIL_TIMEOUT_S",
            integer(1, 60),
            "Longest wait for an answer of the SMTP server; then the mail is sent again later.",
            unit="seconds",
        ),
    )
    mail_from: str = env_field(
        "",
        Variable(
            "MAIL_FROM",
            mail_sender,
            "Sender of mail; the name is that of the publication. Required in production with MAIL_HOST.",
            unit="address, with or without a name",
            default_text="`Colophon <noreply@...>` with the host of SITE_URL",
        ),
    )
