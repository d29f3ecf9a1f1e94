"""Delivery of a message: to an SMTP server, or into a file where none is set.

A message can reach its recipient twice: a connection that is lost after the text was sent leaves open whether the
server has taken it, and then it is sent again. Its Message-ID is the same, by which servers and clients recognize it.
"""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from uuid import UUID

from service.config import Settings
from service.core.jobs.tasks import AttemptFailed, PermanentFailure
from service.core.mail.message import POLICY

_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
_LONGEST_ANSWER = 500


def deliver(message: EmailMessage, message_id: UUID, settings: Settings) -> None:
    """Send the message, or write it to a file.

    Raise `PermanentFailure` if the server refuses it (5xx), else `AttemptFailed`: when it asks to come again (4xx,
    greylisting), does not answer in time, cannot be reached, or does not accept the log-in or offer encryption, which
    an administrator has to put right. The error has the words of the server, without addresses.
    """
    if not settings.mail_host:
        write_message(message, message_id, settings.mail_dir)
        return
    try:
        _send(message, settings)
    # From None: the exceptions of smtplib show addresses, and a traceback would log them.
    except smtplib.SMTPRecipientsRefused as error:
        (code, answer), *_ = error.recipients.values()
        raise _refusal(code, answer) from None
    except smtplib.SMTPAuthenticationError as error:
        raise AttemptFailed(
            f"The mail server refuses the log-in: {_words(error.smtp_code, error.smtp_error)}"
        ) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refusal(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:  # before the message was offered
        raise AttemptFailed(f"The mail server answers: {_words(error.smtp_code, error.smtp_error)}") from None
    except (smtplib.SMTPServerDisconnected, TimeoutError) as error:
        # smtplib takes a time-out for the end of the connection.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise AttemptFailed(
                f"The mail server did not answer within {settings.mail_timeout_s} s."
            ) from None
        raise AttemptFailed("The mail server closed the connection.") from None
    except ssl.SSLCertVerificationError as error:
        raise AttemptFailed(
            f"The certificate of the mail server is not valid: {error.verify_message}."
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise AttemptFailed(f"The mail server cannot be used: {reason}.") from None


def write_message(message: EmailMessage, message_id: UUID, directory: Path) -> Path:
    """Write the message to `<message_id>.eml`, where a repeated attempt finds it again; return the path.

    Only the owner can read it: it may hold links that let its recipient in.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{message_id}.eml"
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes(policy=POLICY.clone(utf8=not str(message["To"]).isascii())))
    partial.replace(path)
    return path


def _send(message: EmailMessage, settings: Settings) -> None:
    with _connection(settings) as server:
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password)
        recipient = message["To"].addresses[0].addr_spec
        server.ehlo_or_helo_if_needed()
        if not recipient.isascii() and not server.has_extn("smtputf8"):
            raise PermanentFailure(
                "The mail server does not take addresses that are not ASCII (it lacks SMTPUTF8)."
            )
        _, sender = parseaddr(settings.mail_from)
        server.send_message(message, sender, [recipient])


@contextlib.contextmanager
def _connection(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Connect with the encryption that the settings ask for, or not at all."""
    where = (settings.mail_host, settings.smtp_port)
    if settings.mail_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            *where, timeout=settings.mail_timeout_s, context=_tls_context(settings)
        )
    else:
        server = smtplib.SMTP(*where, timeout=settings.mail_timeout_s)
    try:
        if settings.mail_tls == "starttls":
            server.ehlo_or_helo_if_needed()
            if not server.has_extn("starttls"):
                raise AttemptFailed("The mail server does not offer STARTTLS: see MAIL_TLS.")
            server.starttls(context=_tls_context(settings))
        yield server
        # The message is taken by now: whatever comes after that must not send it again.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _tls_context(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(
        cafile=settings.mail_ca_file if settings.mail_ca_file != Path() else None
    )


def _refusal(code: int, answer: bytes | str) -> AttemptFailed:
    words = _words(code, answer)
    if code >= 500:
        return PermanentFailure(f"The mail server refuses the message: {words}")
    return AttemptFailed(f"The mail server asks to send the message again later: {words}")


def _words(code: int, answer: bytes | str) -> str:
    """Return the answer of the server in one line, without the addresses that most answers repeat."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{code} {_ADDRESS.sub('(address)', line)[:_LONGEST_ANSWER]}"
