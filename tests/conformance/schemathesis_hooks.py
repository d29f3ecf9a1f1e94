"""Loaded by Schemathesis: what a run needs and settings cannot say. No hook drops a case, or changes an answer.

- The refresh operation takes a refresh token, a new one each time.
- What an author may not do is tried by the administrator from the first case on. By itself Schemathesis would find that
  out too, after it has spent the cases of a whole phase on being refused.
- Whoever was renamed, closed, logged out or deleted by a call is logged in for the next one.
- What an example names is there when the example is sent; but not in the stateful phase, which checks that what was
  deleted stays gone.
- What is read after it was deleted is a failure, but not what was taken out of the trash in between.
- Half of the files that are uploaded are pictures, which no generator makes.
- A walk along the links ends after a number of steps, however long they take.
- Who answers with the passkey of the examples has it, and a challenge that is open.
- Who tries what needs a second factor has one, and the code of the examples is one of the app at that moment.
- Headers that no parameter names are made up too, but not those that say where a message ends: what they say wrongly
  ends the connection, and no operation hears of it.
- Header values are made of letters and digits alone unless a format says otherwise; entity tags have quotes.
"""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zlib import crc32

import pyotp
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.engine.control import ExecutionControl
from schemathesis.specs.openapi import checks
from schemathesis.transport.serialization import Binary
from schemathesis.wfc.escalation import restore_identity_assignments

from service.models.base import utcnow
from service.models.jobs import JobState
from service.models.posts import PostStatus
from service.passkeys.examples import CREDENTIAL_ID_EXAMPLE
from tests.conformance.passkey_seed import OF_THE_CALLER, PURPOSES
from tests.conformance.seed import ADMIN, APP_SECRET, IDENTITIES, PNG, SeedRestorer

BASE_URL = os.environ["CONFORMANCE_URL"]
REFRESH = "POST /api/auth/refresh"
FRAMING = frozenset({"content-length", "transfer-encoding"})
READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
ON_ACCOUNTS = ("/api/users", "/api/auth")
CONFIRM = "POST /api/auth/second-factor/confirm"
WITH_SECOND_FACTOR = {
    "POST /api/auth/second-factor/step-up",
    "POST /api/auth/second-factor/recovery-codes",
}
ANSWERED_WITH_PASSKEY = PURPOSES.keys() | OF_THE_CALLER | {"POST /api/auth/passkeys/second-factor-options"}
TRASH = "DELETE /api/posts/{post_id}"
RESTORE = "POST /api/posts/{post_id}/restore"
# The state that the operation changes; to all others the post is published, and the job has failed.
STATES = {
    "POST /api/posts/{post_id}/publish": {"status": PostStatus.DRAFT},
    "POST /api/posts/{post_id}/schedule": {"status": PostStatus.DRAFT},
    "POST /api/posts/{post_id}/unschedule": {"status": PostStatus.SCHEDULED},
    "POST /api/jobs/{job_id}/cancel": {"job_state": JobState.WAITING},
    RESTORE: {"in_trash": True},
    "DELETE /api/posts/trash/{post_id}": {"in_trash": True},
}
RENEWED_AFTER_S = 300.0
STEPS = int(os.environ.get("CONFORMANCE_STEPS", "0"))  # 0: until Schemathesis has no more
ENTITY_TAGS = "entity-tags"
KEY = "Idempotency-Key"
ACCOUNT_EXPORT = "/api/auth/me/export"
IN_TEN_YEARS = timedelta(days=3_650)
# How the bytes of each media type begin.
BINARIES = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
    "image/avif": b"\0\0\0",
    "application/zip": b"PK",
    "application/epub+zip": b"PK",
    "application/pdf": b"%PDF-",
    "application/vnd.oasis.opendocument.spreadsheet": b"PK",
    "application/vnd.oasis.opendocument.text": b"PK",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": b"PK",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"PK",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": b"PK",
    "audio/mpeg": b"",
    "video/mp4": b"\0\0\0",
}

document = requests.get(f"{BASE_URL}/openapi.json", timeout=30).json()
CODE_EXAMPLE = document["paths"]["/api/auth/second-factor/confirm"]["post"]["requestBody"]["content"][
    "application/json"
]["example"]["code"]
keeper = SeedRestorer(
    os.environ["CONFORMANCE_DATABASE_URL"], document, Path(os.environ["CONFORMANCE_VAR_DIR"])
)
emails = {account.name: account.email for account in IDENTITIES}
access_tokens: dict[str, tuple[float, str]] = {}
walked: list[str] = []

_tag = st.builds(
    '{}"{}"'.format, st.sampled_from(["", "W/"]), st.text("!#$%&()*+,-./09:;<=>?@AZ[]^_`az{|}~", max_size=20)
)
schemathesis.openapi.format(ENTITY_TAGS, st.just("*") | st.lists(_tag, min_size=1, max_size=3).map(", ".join))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Tell the generator how entity tags are made; what is valid stays what the pattern says."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in {"If-Match", "If-None-Match"}:
                    parameter["schema"]["format"] = ENTITY_TAGS


@schemathesis.hook
def after_load_schema(context, schema):
    """Say who tries what; all else is tried as alice, and as the others once she is refused."""
    restore_identity_assignments(
        schema, dict.fromkeys(json.loads(os.environ["CONFORMANCE_ADMINISTERED"]), ADMIN.name)
    )


@schemathesis.hook
def before_call(context, case, kwargs):
    """Make ready what the call is about."""
    label = case.operation.label
    for name in [each for each in case.headers if each.lower() in FRAMING]:
        del case.headers[name]
        case._sync_validated_hashes()  # as valid as before: no operation declares it
    if label == "POST /api/webhooks":
        keeper.make_room_for_webhooks()
    if label == "POST /api/api-keys":
        keeper.make_room_for_api_keys()
    if not _is_stateful(case):
        sent = {**(case.path_parameters or {}), **(case.query or {})}
        if isinstance(case.body, dict):
            if case.meta.generation.mode.is_positive:
                _send_a_picture(case)
                _send_a_later_instant(case)
            if keeper.examples.parameters["media_id"] in (
                case.body.get("cover_id"),
                case.body.get("card_id"),
            ):
                sent["media_id"] = keeper.examples.parameters["media_id"]
        if isinstance(case.body, dict) and case.body.get("secret") == keeper.examples.secret:
            sent["invitation_id"] = keeper.examples.parameters["invitation_id"]
        if isinstance(case.body, dict) and case.body.get("secret") == keeper.examples.reset_secret:
            keeper.restore_password_reset()
        if isinstance(case.body, dict) and case.body.get("challenge") == keeper.examples.challenge:
            keeper.restore_login_challenge()
        if label in ANSWERED_WITH_PASSKEY:
            _answer_with_passkey(case, label)
        if isinstance(case.body, dict) and case.body.get("secret") == keeper.examples.sign_up_secret:
            keeper.restore_sign_up()
        if isinstance(case.body, dict) and case.body.get("secret") == keeper.examples.email_change_secret:
            keeper.restore_email_change()
        keeper.restore_examples(sent, **STATES.get(label, {}))
    elif KEY in case.headers:
        # With the key and the body of an earlier step the response would be of something that is deleted by now.
        case.headers[KEY] = str(uuid4())
    # A request without a token, or with a wrong one, stays as it is.
    if case.headers.get("Authorization", "").startswith("Bearer ey"):
        token = _refresh_token(case.auth_identity) if label == REFRESH else _access_token(case.auth_identity)
        case.headers["Authorization"] = f"Bearer {token}"
        _give_second_factor(case, label)
        if case.path.startswith(ACCOUNT_EXPORT) and not _is_stateful(case):
            keeper.restore_account_export(case.auth_identity)


def _answer_with_passkey(case, label):
    """Let the account have the passkey of the examples, and send what that answers, in place of the example."""
    credential = keeper.answer_with_passkey(label, case.auth_identity, os.environ["CONFORMANCE_SITE"])
    sent = case.body.get("credential") if isinstance(case.body, dict) else None
    if (
        isinstance(sent, dict)
        and sent.get("id") == CREDENTIAL_ID_EXAMPLE
        and case.meta.generation.mode.is_positive
    ):
        case.body["credential"] = credential
        case._sync_validated_hashes()  # as valid as what it replaces


def _give_second_factor(case, label):
    """Let the caller have a second factor, or one to confirm; after the call `after_call` takes it away."""
    if label in WITH_SECOND_FACTOR:
        keeper.give_second_factor(case.auth_identity)
    if label == CONFIRM and isinstance(case.body, dict) and case.body.get("code") == CODE_EXAMPLE:
        keeper.give_second_factor(case.auth_identity, is_confirmed=False)
        case.body["code"] = pyotp.TOTP(APP_SECRET).now()
        case._sync_validated_hashes()  # as valid as what it replaces


def _send_a_picture(case):
    """Let half of the files that are uploaded be pictures."""
    file = case.body.get("file")
    if isinstance(file, bytes | str) and crc32(repr(file).encode()) % 2:
        case.body["file"] = Binary(PNG)
        # As valid as what it replaces: the validator knows no bytes, and would take the case for an invalid one.
        case._sync_validated_hashes()


def _send_a_later_instant(case):
    """Let the instant of a publication be ahead, by ten years at most: those of other responses are tried too."""
    publish_at = case.body.get("publish_at")
    now = utcnow()
    if isinstance(publish_at, str) and not now.isoformat() < publish_at < (now + IN_TEN_YEARS).isoformat():
        case.body["publish_at"] = (now + timedelta(days=30)).isoformat()
        case._sync_validated_hashes()  # as valid as what it replaces


@schemathesis.hook
def after_call(context, case, response):
    """Count the steps of a walk; repair the accounts after a call that can have changed one."""
    if _is_stateful(case):
        walked.append(case.operation.label)
    if case.method.upper() not in READING and case.path.startswith(ON_ACCOUNTS):
        keeper.restore_accounts()
        if response.status_code < 400:
            access_tokens.clear()


@schemathesis.deserializer("application/x-ndjson")
def lines(context, response):
    """Return the objects of the lines."""
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.deserializer(*BINARIES)
def binary(context, response):
    """Return the length of a file that begins as its media type says."""
    media_type = response.headers["content-type"][0]
    if not response.content.startswith(BINARIES[media_type]):
        raise ValueError(f"not of {media_type}: {response.content[:20]!r}")
    return len(response.content)


_created_again = checks._resource_recreated_after_delete


def _there_again(ctx, *, delete_case_id, current_case_id, delete_path) -> bool:
    """Return whether what was deleted is there again: created, as Schemathesis sees it, or taken out of the trash."""
    cases = list(ctx.internals.find_all_cases())
    places = {case.id: place for place, case in enumerate(cases)}
    between = cases[places[delete_case_id] + 1 : places[current_case_id]]
    deleted = cases[places[delete_case_id]]
    restored = deleted.operation.label == TRASH and any(
        case.operation.label == RESTORE
        and case.path_parameters == deleted.path_parameters
        and (answer := ctx.internals.find_response(case_id=case.id)) is not None
        and answer.status_code == 200
        for case in between
    )
    return restored or _created_again(
        ctx, delete_case_id=delete_case_id, current_case_id=current_case_id, delete_path=delete_path
    )


checks._resource_recreated_after_delete = _there_again  # it has no setting, and a check cannot be replaced


def _is_walked_to_its_end(control: ExecutionControl) -> bool:
    return len(walked) >= STEPS


if STEPS:
    # Schemathesis knows a limit of time alone; how far that reaches would depend on the machine.
    ExecutionControl.has_reached_time_limit = property(_is_walked_to_its_end)


def _is_stateful(case) -> bool:
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def _access_token(name: str) -> str:
    """Return a token that no call has revoked: in the stateful phase Schemathesis goes on with one that is."""
    taken_at, token = access_tokens.get(name, (-RENEWED_AFTER_S, ""))
    if time.monotonic() - taken_at >= RENEWED_AFTER_S:
        token = _log_in(name)["access_token"]
        access_tokens[name] = time.monotonic(), token
    return token


def _refresh_token(name: str) -> str:
    return _log_in(name)["refresh_token"]


def _log_in(name: str):
    sent = {"email": emails[name], "password": keeper.examples.password}
    answer = requests.post(f"{BASE_URL}/api/auth/login", json=sent, timeout=30)
    answer.raise_for_status()
    return answer.json()
