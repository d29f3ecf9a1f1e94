"""The faults that the suite must see: each is a small change of the service, its document or its client."""

from __future__ import annotations

from tests.mutants.access import ACCESS
from tests.mutants.accounts import ACCOUNTS
from tests.mutants.answers import ANSWERS
from tests.mutants.audit import AUDIT
from tests.mutants.authorization import AUTHORIZATION
from tests.mutants.documents import DOCUMENTS
from tests.mutants.engines import ENGINES
from tests.mutants.events import EVENTS
from tests.mutants.idempotency import IDEMPOTENCY
from tests.mutants.images import IMAGES
from tests.mutants.imports import IMPORTS
from tests.mutants.mails import MAILS
from tests.mutants.media import MEDIA
from tests.mutants.mutant import Mutant
from tests.mutants.pages import PAGES
from tests.mutants.passwords import PASSWORDS
from tests.mutants.requests import REQUESTS
from tests.mutants.webhooks import WEBHOOKS

MUTANTS: tuple[Mutant, ...] = (
    *ANSWERS,
    *ACCESS,
    *AUTHORIZATION,
    *REQUESTS,
    *DOCUMENTS,
    *MAILS,
    *EVENTS,
    *ENGINES,
    *WEBHOOKS,
    *IMPORTS,
    *IMAGES,
    *MEDIA,
    *PAGES,
    *PASSWORDS,
    *IDEMPOTENCY,
    *ACCOUNTS,
    *AUDIT,
)
