"""The definition of a mutant, the checks that may kill it, and how it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# What the contract layer refuses when the application starts.
START_UP = "start-up"
RELEASE = "release"

# Which tests guard the contract? A name is what the table calls the check, the rest is what pytest runs: on SQLite,
# since a fault in the service is one on either database.
CHECKS: dict[str, tuple[str, ...]] = {
    "api keys": ("tests/api_keys", "tests/core/test_api_keys.py", "tests/core/test_api_key_identity.py"),
    "authorization": ("tests/security",),
    "audit log": ("tests/audit",),
    "responses: auth": ("tests/auth", "tests/core/test_login_attempts.py"),
    "responses: comments": ("tests/comments",),
    "responses: dashboard": ("tests/dashboard",),
    "responses: failures": (
        "tests/conformance/test_failures.py",
        "tests/conformance/test_declared_failures.py",
    ),
    "responses: health": ("tests/health",),
    "responses: invitations": ("tests/invitations", "tests/core/test_single_use_links.py"),
    "responses: items": ("tests/items",),
    "responses: jobs": ("tests/jobs/test_routes.py", "tests/jobs/test_streams.py"),
    "responses: media": ("tests/media", "tests/media_library"),
    "responses: password resets": ("tests/password_resets",),
    "responses: sign-ups": ("tests/sign_ups",),
    "responses: email changes": ("tests/email_changes",),
    "responses: passkeys": ("tests/passkeys",),
    "responses: posts": ("tests/posts",),
    "responses: second factors": ("tests/second_factors",),
    "responses: tags": ("tests/tags",),
    "responses: users": ("tests/users",),
    "contract run": ("tests/conformance/test_schemathesis.py",),
    "examples": ("tests/conformance/test_examples.py",),
    "document": (
        "tests/conformance/test_document.py",
        "--deselect",
        "tests/conformance/test_document.py::TestRedocly",
    ),
    "coverage": ("tests/coverage",),
    "engines": ("tests/core/jobs/test_broker.py", "tests/core/jobs/test_celery_worker.py"),
    "events": (
        "tests/test_emitted_events.py",
        "tests/core/test_event_data.py",
        "tests/core/test_events.py",
        "tests/core/test_revalidation.py",
    ),
    RELEASE: ("tests/conformance/test_released.py",),
    "jobs": ("tests/core/jobs",),
    "images": ("tests/core/images",),
    "idempotency": ("tests/core/idempotency",),
    "imports": ("tests/importing", "tests/imports", "tests/exports"),
    "mail": ("tests/core/mail", "tests/mail"),
    "uploads": ("tests/core/uploads",),
    "client": ("tests/web/test_client.py",),
    "cache in Redis": ("tests/web/test_journey.py::test_the_cache_in_redis",),
    "web units": ("tests/web/test_journey.py::test_the_units",),
    "contract layer": (
        "tests/contract",
        "--ignore=tests/contract/checks/compatibility",
        "--ignore=tests/contract/test_deprecation.py",
        "--ignore=tests/contract/test_standalone.py",
    ),
    "lists": ("tests/core/test_pagination.py", "tests/core/test_cursor_pagination.py"),
    "webhooks": ("tests/webhooks",),
    START_UP: (),
    "tokens": ("tests/core/test_tokens.py", "tests/core/test_identity.py", "tests/core/test_signing_keys.py"),
}


class NotPlanted(Exception):
    """The text that a mutant changes is not there, or more than once: the mutant must follow the code."""


@dataclass(frozen=True, slots=True)
class Change:
    """One passage of a file, and what takes its place."""

    file: str
    before: str
    after: str

    def plant(self, root: Path) -> None:
        """Make the change in the checkout at `root`. Raise `NotPlanted`."""
        path = root / self.file
        content = path.read_text()
        if content.count(self.before) != 1:
            raise NotPlanted(
                f"{self.file} has this {content.count(self.before)} times, not once: {self.before!r}"
            )
        path.write_text(content.replace(self.before, self.after))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault: what is wrong from the client's side, how it is made, and which checks ought to see it.

    The checks are tried in their order, and the first that fails has killed the mutant. `exported` writes the document
    anew in between, as somebody would who changed a declaration and knew what to run.
    """

    name: str
    checks: tuple[str, ...]
    changes: tuple[Change, ...]
    exported: bool = False


def mutant(name: str, file: str, before: str, after: str, *checks: str, exported: bool = False) -> Mutant:
    """Return the mutant that one change makes."""
    return Mutant(name, checks, (Change(file, before, after),), exported=exported)
