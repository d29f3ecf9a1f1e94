"""Faults in mails: who gets them, what a refusal means, and what they give away."""

from __future__ import annotations

from tests.mutants.mutant import mutant

_TRANSPORT = "service/core/mail/transport.py"

MAILS = (
    mutant(
        "a line break in a title is left in the subject of a mail",
        "service/core/mail/message.py",
        '    message["Subject"] = _CONTROLS.sub(" ", content.subject)\n',
        '    message["Subject"] = content.subject\n',
        "mail",
    ),
    mutant(
        "a mail that was refused for good is sent again",
        _TRANSPORT,
        "    if code >= 500:\n",
        "    if code >= 600:\n",
        "mail",
    ),
    mutant(
        "the certificate of the mail server is not verified",
        _TRANSPORT,
        "    return ssl.create_default_context(",
        "    return ssl._create_unverified_context(",
        "mail",
    ),
    mutant(
        "an address in a refusal is shown to administrators",
        _TRANSPORT,
        "_ADDRESS.sub('(address)', line)[:_LONGEST_ANSWER]",
        "line[:_LONGEST_ANSWER]",
        "mail",
    ),
    mutant(
        "a mail that was unsubscribed from is sent",
        "service/core/mail/sending.py",
        "    wanted = (User.comment_notifications,) if which.can_unsubscribe else ()\n",
        "    wanted: tuple[object, ...] = ()\n",
        "responses: comments",
    ),
    mutant(
        "a link in the directory of mail opens another file",
        "service/core/mail/files.py",
        "    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)\n",
        "    return os.open(path, flags | os.O_NONBLOCK)\n",
        "mail",
    ),
    mutant(
        "mail is shown as kept in files although a server has it",
        "service/mail/queries.py",
        "    if settings().mail_host:\n        raise MailNotStored\n",
        "    settings()\n",
        "mail",
    ),
)
