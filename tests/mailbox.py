"""What a worker mails: runs the jobs that wait and reads the files of the mails."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from service.core.jobs.runner import run_attempt
from tests.job_queue import JobQueue


@dataclass(frozen=True, slots=True)
class Received:
    """A mail: its recipient's address, its subject, its text in one line, and the secrets of the links in it."""

    to: str
    subject: str
    text: str
    secrets: frozenset[str]

    @property
    def secret(self) -> str:
        """Return the secret of the only link with one, which is the same in both parts."""
        (secret,) = self.secrets
        return secret


class Mailbox:
    """All mail that is sent, to whomever."""

    def __init__(self, app: Flask, jobs: JobQueue) -> None:
        self._app, self._jobs = app, jobs
        self._folder: Path = app.extensions["settings"].mail_dir
        for file in self._folder.glob("*.eml"):
            file.unlink()

    def receive(self) -> list[Received]:
        """Run all jobs that wait, as a worker does, and return the new mails, oldest first."""
        before = set(self._folder.glob("*.eml"))
        while (claimed := self._jobs.claim()) is not None:
            run_attempt(self._app, claimed)
        new = sorted(set(self._folder.glob("*.eml")) - before)
        return [_read(file) for file in new]


def _read(file: Path) -> Received:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    parts = [part.get_content() for part in message.iter_parts()]
    (secrets,) = {frozenset(re.findall(r"#([\w-]{43})\b", part)) for part in parts}
    body = message.get_body(("plain",))
    assert body is not None
    return Received(
        message["To"].addresses[0].addr_spec,
        str(message["Subject"]),
        " ".join(body.get_content().split()),
        secrets,
    )
