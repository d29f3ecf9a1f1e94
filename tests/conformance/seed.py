"""Seed data of a contract run: accounts with tokens, and everything that the document's examples name.

The ids of accounts begin at 1000, because a generator likes the smallest numbers best and deletes what they name.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.config import Settings, load_settings
from service.core.mail.message import Recipient
from service.core.mail.sending import message_of, render_mail, test_mail
from service.core.mail.transport import write_message
from service.core.markdown import render_comment
from service.models.api_keys import ApiKey
from service.models.base import Model, utcnow
from service.models.casefolding import casefold
from service.models.comments import Comment
from service.models.exports import Export
from service.models.ids import uuid7
from service.models.invitations import Invitation
from service.models.items import Item
from service.models.jobs import Job, JobState
from service.models.media import MediaUse
from service.models.passkeys import Passkey
from service.models.posts import PUBLIC_STATUSES, Post, PostStatus, Redirect
from service.models.second_factors import RecoveryCode, SecondFactor
from service.models.sessions import Session as LogInSession
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.tags import Tag
from service.models.users import Role, User
from service.models.webhooks import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.posts.content import apply_columns, content_columns
from service.second_factors.totp import encrypt_secret
from service.webhooks.examples import BODY_EXAMPLE, MESSAGE_EXAMPLE, URL_EXAMPLE
from tests.audit_protection import protection_lifted
from tests.conformance.media_seed import renditions, seeded_media, write_media_file
from tests.conformance.passkey_seed import (
    OF_THE_CALLER,
    PASSKEYS,
    PURPOSES,
    response_to_challenge,
    seeded_passkey,
)
from tests.conformance.publication_seed import (
    done_export,
    done_import,
    seeded_export,
    seeded_import,
    write_archive,
    write_upload,
)

T = TypeVar("T", bound=Model)

FIRST_ID = 1000
FORGETFUL_ID = FIRST_ID + 15
GUARDED_ID = FIRST_ID + 16
APP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SPARE = 40  # of each kind of thing: what a run deletes must not be all there is
PERIODIC = "periodic:auth.purge_expired"  # the unique key of the jobs of a periodic task
NUMBERED = (User, Item, Tag, Comment, WebhookDelivery, WebhookAttempt)
WEBHOOKS_MAX = 15  # fewer than there may be, so that another can always be created

# One black pixel.
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in, with the password of the document's examples, throughout a run."""

    name: str
    id: int
    role: Role

    @property
    def email(self) -> str:
        return f"{self.name}@seed.example"


ALICE = Account("alice", 1002, Role.AUTHOR)
BOB = Account("bob", 1003, Role.AUTHOR)
ADMIN = Account("caretaker", 1004, Role.ADMIN)
PEERS = (ALICE, BOB)
# In the order in which Schemathesis tries them: who may least comes first.
IDENTITIES = (ALICE, BOB, ADMIN)


@dataclass(frozen=True, slots=True)
class Examples:
    """What the document gives as example: for parameters by their name, the log-in, secrets of links, and codes."""

    parameters: Mapping[str, Any]
    email: str
    password: str
    secret: str
    reset_secret: str
    challenge: str
    recovery_code: str
    sign_up_secret: str
    email_change_secret: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Examples:
        """Collect the examples; the first of a name counts."""
        found: dict[str, Any] = {}
        for parameter in parameters_of(document):
            if "example" in parameter:
                found.setdefault(parameter["name"], parameter["example"])
        log_in, lookup, reset, second_step, sign_up, change = (
            document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
            for path in (
                "/api/auth/login",
                "/api/invitations/lookup",
                "/api/password-resets/lookup",
                "/api/auth/second-factor",
                "/api/sign-ups/lookup",
                "/api/email-changes/lookup",
            )
        )
        secrets = [each["secret"] for each in (lookup, reset)]
        codes = second_step["challenge"], second_step["code"]
        links = [each["secret"] for each in (sign_up, change)]
        return cls(found, log_in["email"], log_in["password"], *secrets, *codes, *links)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that open a link."""
        return self.secret, self.reset_secret, self.sign_up_secret, self.email_change_secret

    @property
    def post_id(self) -> UUID:
        return UUID(self.parameters["post_id"])


def parameters_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in document["paths"].values():
        for operation in item.values():
            yield from operation.get("parameters", ())


def seed(settings: Settings, document: Mapping[str, Any]) -> None:
    """Fill a migrated, empty database, and the folders of images and of mail."""
    examples = Examples.of(document)
    engine = sa.create_engine(settings.database_url)
    with Session(engine) as session:
        for rows in (
            _accounts(examples),
            [_item(number) for number in range(1, SPARE)],
            [_tag(number) for number in range(1, SPARE)],
            _posts(examples),
            [
                *_comments(examples, ALICE.id),
                _redirect(examples),
                failed_job(examples.parameters["job_id"], ALICE.id),
            ],
            [invited(examples.parameters["invitation_id"], examples.secret)],
            [Invitation(id=UUID(examples.parameters["invitation_id"]))],
            [login_session(examples.parameters["session_id"], ALICE.id)],
            [seeded_api_key(examples.parameters["key_id"], ALICE.id)],
            [seeded_passkey(examples.parameters["passkey_id"], ALICE.id)],
            [
                password_reset(examples.reset_secret, FORGETFUL_ID),
                sign_up(examples.sign_up_secret),
                email_change(examples.email_change_secret, FORGETFUL_ID),
                login_challenge(examples.challenge, GUARDED_ID),
                recovery_code(examples.recovery_code, GUARDED_ID),
            ],
            [_endpoint(examples)],
            [delivered(examples.parameters["delivery_id"], examples.parameters["webhook_id"])],
            [delivery_attempt(examples.parameters["delivery_id"])],
            [seeded_import(document, examples.parameters["import_id"], ADMIN.id)],
            [seeded_export(document, examples.parameters["export_id"], ADMIN.id)],
            _media(document, examples.parameters["media_id"]),
            renditions(document, examples.parameters["media_id"]),
        ):
            session.add_all(rows)
            session.flush()
        _count_on(session)
        session.commit()
    engine.dispose()
    image = settings.media_dir / examples.parameters["name"][:2] / examples.parameters["name"]
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(PNG)
    write_media_file(settings.var_dir, seeded_media(document, examples.parameters["media_id"], ALICE.id).name)
    write_upload(settings.var_dir)
    write_archive(settings.var_dir, examples.parameters["export_id"])
    mail_id = UUID(examples.parameters["mail_id"])
    rendered = render_mail(test_mail, Recipient(ALICE.email), {}, settings)
    write_message(message_of(rendered, mail_id, settings), mail_id, settings.mail_dir)


def seed_again(settings: Settings, document: Mapping[str, Any]) -> None:
    """Replace everything in the database by what `seed` fills it with."""
    engine = sa.create_engine(settings.database_url)
    with engine.begin() as connection, protection_lifted(connection):
        for table in reversed(Model.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    seed(settings, document)


class SeedRestorer:
    """Keeps alive, between the calls of a run, what the run cannot do without."""

    def __init__(self, database_url: str, document: Mapping[str, Any], var_dir: Path) -> None:
        self.examples = Examples.of(document)
        self._document = document
        self._var_dir = var_dir
        self._engine = sa.create_engine(database_url)
        self._ids = {account.name: account.id for account in IDENTITIES}

    def restore_accounts(self) -> None:
        """Let every identity log in again, whatever was done to it; one SELECT when that is nothing.

        An account that was deleted comes back under another id: its old one must stay gone. The new id is smaller
        than all others, so that the first page of the accounts still lists it.
        """
        with Session(self._engine) as session:
            rows = session.scalars(sa.select(User).where(User.id.in_(self._ids.values())))
            present = {row.id: row for row in rows}
            for account in IDENTITIES:
                row = present.get(self._ids[account.name])
                if row is None:
                    row = User(id=min(FIRST_ID, *self._ids.values()) - 1)
                    session.add(row)
                    self._ids[account.name] = row.id
                _set(row, _profile(account, self.examples.password))
                session.execute(sa.delete(SecondFactor).where(SecondFactor.user_id == row.id))
                others = Passkey.id != UUID(self.examples.parameters["passkey_id"])
                session.execute(sa.delete(Passkey).where(Passkey.user_id == row.id, others))
            session.commit()

    def restore_examples(
        self,
        sent: Mapping[str, Any],
        *,
        in_trash: bool = False,
        status: PostStatus = PostStatus.PUBLISHED,
        job_state: JobState = JobState.FAILED,
    ) -> None:
        """Bring back what a request names, if that is the example of its parameter; post and job as they are given."""
        named = {
            name for name, value in sent.items() if str(value) == str(self.examples.parameters.get(name, ""))
        }
        with Session(self._engine) as session:
            if "item_id" in named:
                _bring_back(session, _item(self.examples.parameters["item_id"]))
            if "tag_id" in named:
                _bring_back(session, _tag(self.examples.parameters["tag_id"]))
            if "job_id" in named:
                alice = self._ids[ALICE.name]
                job = _bring_back(session, failed_job(self.examples.parameters["job_id"], alice))
                _set(job, {"state": job_state, "owner_id": alice})
            if "invitation_id" in named:
                self._bring_back_invitation(session)
            if named & {"webhook_id", "delivery_id"}:
                _set(_bring_back(session, _endpoint(self.examples)), {"is_enabled": True})
                delivery_id = self.examples.parameters["delivery_id"]
                _bring_back(session, delivered(delivery_id, self.examples.parameters["webhook_id"]))
            if "session_id" in named:
                owner_id = self._ids[ALICE.name]
                wanted = login_session(self.examples.parameters["session_id"], owner_id)
                state = {
                    "user_id": owner_id,
                    "revoked_at": None,
                    "expires_at": wanted.expires_at,
                }
                _set(_bring_back(session, wanted), state)
            if "key_id" in named:
                owner_id = self._ids[ALICE.name]
                wanted = seeded_api_key(self.examples.parameters["key_id"], owner_id)
                _set(_bring_back(session, wanted), {"user_id": owner_id})
            if "passkey_id" in named:
                self._bring_back_passkey(session, self._ids[ALICE.name])
            if "import_id" in named:
                self._bring_back_import(session)
            if "media_id" in named:
                self._bring_back_media(session)
            if "export_id" in named:
                export_id, owner_id = self.examples.parameters["export_id"], self._ids[ADMIN.name]
                wanted = _bring_back(session, seeded_export(self._document, export_id, owner_id))
                write_archive(self._var_dir, str(wanted.id))
            if named & {"user_id", "username", "token"}:
                account = _bring_back(session, _example_account(self.examples))
                _set(account, {"unsubscribe_token": self.examples.parameters["token"]})
            if named & {"post_id", "slug", "path", "comment_id"}:
                self._bring_back_post(session, in_trash, status)
            session.commit()

    def restore_password_reset(self) -> None:
        """Let the link of the examples be open, whatever was done with it or to its account."""
        with Session(self._engine) as session:
            _set(_bring_back(session, _forgetful()), {"is_active": True, "email": _forgetful().email})
            wanted = password_reset(self.examples.reset_secret, FORGETFUL_ID)
            open_again = {"used_at": None, "revoked_at": None, "expires_at": wanted.expires_at}
            _set(_bring_back(session, wanted), open_again)
            session.commit()

    def restore_login_challenge(self) -> None:
        """Let the second step of a login in the examples be open, whatever was done with it or to its account."""
        with Session(self._engine) as session:
            _set(_bring_back(session, _guarded()), {"is_active": True, "has_second_factor": True})
            wanted = login_challenge(self.examples.challenge, GUARDED_ID)
            open_again = {"used_at": None, "revoked_at": None, "expires_at": wanted.expires_at}
            _set(_bring_back(session, wanted), open_again)
            self._bring_back_recovery_code(session, GUARDED_ID)
            session.commit()

    def restore_account_export(self, name: str) -> None:
        """Let the archive with the data of an identity be written, whatever was done with it."""
        account_id = self._ids[name]
        # The id of one that was deleted is not used again.
        wanted = seeded_export(self._document, str(uuid4()), account_id)
        with Session(self._engine) as session:
            row = session.scalar(sa.select(Export).where(Export.account_id == account_id))
            if row is None:
                wanted.account_id = account_id
                session.add(row := wanted)
            _set(row, done_export(self._document))
            session.flush()
            write_archive(self._var_dir, str(row.id))
            session.commit()

    def give_second_factor(self, name: str, *, is_confirmed: bool = True) -> None:
        """Let an identity have `APP_SECRET` and the recovery code of the examples until accounts are restored."""
        user_id = self._ids[name]
        app = Flask("encryption")
        app.extensions["settings"] = load_settings("testing", {"VAR_DIR": str(self._var_dir)})
        with app.app_context():
            secret = encrypt_secret(APP_SECRET)
        with Session(self._engine) as session:
            enabled_at = utcnow() if is_confirmed else None
            session.merge(SecondFactor(user_id=user_id, secret=secret, last_step=0, enabled_at=enabled_at))
            session.execute(sa.update(User).where(User.id == user_id).values(has_second_factor=is_confirmed))
            self._bring_back_recovery_code(session, user_id)
            session.commit()

    def answer_with_passkey(self, label: str, name: str | None, site: str) -> dict[str, Any] | None:
        """Let an operation have what it needs of the passkey of the examples; return the credential to send to it.

        `name` is the identity that calls; None for an operation without one.
        """
        user_id = self._ids[name or ALICE.name] if label == PASSKEYS or label in OF_THE_CALLER else None
        if user_id is None:
            user_id = self._ids[ALICE.name] if label == f"{PASSKEYS}/login" else GUARDED_ID
        with Session(self._engine) as session:
            if user_id == GUARDED_ID:
                _bring_back(session, _guarded())
                session.flush()
            self._bring_back_passkey(session, user_id)
            credential = None
            if label in PURPOSES:
                link, credential = response_to_challenge(
                    PURPOSES[label], user_id, site, is_new=label == PASSKEYS
                )
                session.add(link)
            session.commit()
        return credential

    def _bring_back_passkey(self, session: Session, user_id: int) -> None:
        wanted = seeded_passkey(self.examples.parameters["passkey_id"], user_id)
        _set(_bring_back(session, wanted), {"user_id": user_id})

    def _bring_back_recovery_code(self, session: Session, user_id: int) -> None:
        # In place of those that the account has: it has ten at most.
        session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        row = _bring_back(session, recovery_code(self.examples.recovery_code, user_id))
        _set(row, {"user_id": user_id, "used_at": None})

    def restore_sign_up(self) -> None:
        """Let the link of the examples be open, and its address free, whatever was done with it."""
        wanted = sign_up(self.examples.sign_up_secret)
        with Session(self._engine) as session:
            session.execute(sa.delete(User).where(User.email_key == wanted.email))
            open_again = {
                "used_at": None,
                "revoked_at": None,
                "user_id": None,
                "expires_at": wanted.expires_at,
            }
            _set(_bring_back(session, wanted), open_again)
            session.commit()

    def restore_email_change(self) -> None:
        """Let the link of the examples be open, whatever was done with it or to its account."""
        with Session(self._engine) as session:
            _set(_bring_back(session, _forgetful()), {"is_active": True, "email": _forgetful().email})
            wanted = email_change(self.examples.email_change_secret, FORGETFUL_ID)
            open_again = {"used_at": None, "revoked_at": None, "expires_at": wanted.expires_at}
            _set(_bring_back(session, wanted), open_again)
            session.commit()

    def make_room_for_webhooks(self) -> None:
        """Delete the oldest webhooks, but for that of the examples, if there are many."""
        kept = sa.select(WebhookEndpoint.id).order_by(WebhookEndpoint.id.desc()).limit(WEBHOOKS_MAX)
        with Session(self._engine) as session:
            example = UUID(self.examples.parameters["webhook_id"])
            session.execute(
                sa.delete(WebhookEndpoint).where(
                    WebhookEndpoint.id != example, WebhookEndpoint.id.not_in(session.scalars(kept).all())
                )
            )
            session.commit()

    def make_room_for_api_keys(self) -> None:
        """Delete all API keys but that of the examples: an account can have so many only."""
        others = sa.delete(ApiKey).where(ApiKey.id != UUID(self.examples.parameters["key_id"]))
        with Session(self._engine) as session:
            session.execute(others)
            session.commit()

    def _bring_back_import(self, session: Session) -> None:
        wanted = seeded_import(self._document, self.examples.parameters["import_id"], self._ids[ADMIN.name])
        _set(_bring_back(session, wanted), done_import(self._document, dry_run=True))
        write_upload(self._var_dir)

    def _bring_back_media(self, session: Session) -> None:
        media_id, alice = self.examples.parameters["media_id"], self._ids[ALICE.name]
        media = _bring_back(session, seeded_media(self._document, media_id, alice))
        _set(media, {"uploader_id": alice})
        session.execute(sa.delete(MediaUse).where(MediaUse.media_id == media.id))
        for rendition in renditions(self._document, media_id):
            _bring_back(session, rendition)
        write_media_file(self._var_dir, media.name)

    def _bring_back_invitation(self, session: Session) -> None:
        wanted = invited(self.examples.parameters["invitation_id"], self.examples.secret)
        open_again = {"used_at": None, "revoked_at": None, "expires_at": wanted.expires_at}
        _set(_bring_back(session, wanted), open_again)
        _bring_back(session, Invitation(id=wanted.id))

    def _bring_back_post(self, session: Session, in_trash: bool, status: PostStatus) -> None:
        alice = self._ids[ALICE.name]
        post = _bring_back(session, _example_post(self.examples, alice))
        trashed_at = (post.trashed_at or post.created_at) if in_trash else None
        times = seeded_times(status, post.published_at or post.created_at)
        _set(post, {"author_id": alice, "status": status, "trashed_at": trashed_at, **times})
        _bring_back(session, _redirect(self.examples))
        for wanted in _comments(self.examples, alice):
            # Its author may edit it for 15 minutes.
            state = {"author_id": alice, "deleted_at": None, "created_at": utcnow()}
            _set(_bring_back(session, wanted), state)


def _bring_back(session: Session, wanted: T) -> T:
    """Return the row with the key of `wanted`, which is added if there is none, under another name if its is taken."""
    found = session.get(type(wanted), sa.inspect(type(wanted)).primary_key_from_instance(wanted))
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(wanted)
    except IntegrityError:
        other = f"other-{uuid4().hex[:8]}"
        for name, value in {
            "username": other,
            "email": f"{other}@seed.example",
            "name": other,
            "slug": other,
        }.items():
            if hasattr(wanted, name):
                setattr(wanted, name, value)
        session.add(wanted)
        session.flush()
    return wanted


def _set(row: Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _profile(account: Account, password: str) -> dict[str, Any]:
    return {
        "username": account.name,
        "display_name": account.name.title(),
        "email": account.email,
        "password_hash": _hashed(password),
        "role": account.role,
        "is_active": True,
        "has_second_factor": False,
    }


@cache
def _hashed(password: str) -> str:
    """Return the hash of a password, with a salt that every process of a run has."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    return hasher.hash(password, salt=b"sixteen of bytes")


def _accounts(examples: Examples) -> list[Model]:
    """Return the account of the examples, the identities, and few others: peers find each other on the first page."""
    identities = [User(id=account.id, **_profile(account, examples.password)) for account in IDENTITIES]
    others = [
        User(id=number, username=f"spare-{number}", display_name="Spare", role=Role.AUTHOR)
        for number in range(FIRST_ID + 10, FIRST_ID + 15)
    ]
    return [_example_account(examples), *identities, *others, _forgetful(), _guarded()]


def _forgetful() -> User:
    """Return who has asked for a new password: nobody who logs in."""
    return User(
        id=FORGETFUL_ID,
        username="forgetful",
        display_name="Forgetful",
        email="forgetful@seed.example",
        role=Role.AUTHOR,
    )


def _guarded() -> User:
    """Return who logs in with a second factor, in the examples alone."""
    return User(
        id=GUARDED_ID,
        username="guarded",
        display_name="Guarded",
        email="guarded@seed.example",
        role=Role.AUTHOR,
        has_second_factor=True,
    )


def _example_account(examples: Examples) -> User:
    return User(
        id=examples.parameters["user_id"],
        username=examples.parameters["username"],
        display_name="Ada Lovelace",
        email=examples.email,
        password_hash=_hashed(examples.password),
        role=Role.AUTHOR,
        unsubscribe_token=examples.parameters["token"],
    )


def _media(document: Mapping[str, Any], media_id: str) -> list[Model]:
    """Return the media of the examples, and some of both peers that nothing uses."""
    others = [
        seeded_media(
            document, str(uuid7()), PEERS[number % 2].id, name=f"{number:032x}.jpg", file_name=f"{number}.jpg"
        )
        for number in range(SPARE)
    ]
    return [seeded_media(document, media_id, ALICE.id), *others]


def _item(number: int) -> Item:
    return Item(id=number, name=f"Seeded {number}")


def _tag(number: int) -> Tag:
    name = f"seeded-{number}"
    return Tag(id=number, name=name, name_key=casefold(name), slug=name)


def _posts(examples: Examples) -> list[Model]:
    """Return the post of the examples, and posts of both peers in every state, some of them in the trash."""
    posts = [_example_post(examples, ALICE.id)]
    for account in PEERS:
        posts += [
            _post(account, status, f"{status} {number}") for status in PostStatus for number in range(5)
        ]
        posts += [
            _post(account, status, f"trashed {status}", trashed_at=utcnow())
            for status in set(PostStatus) - {PostStatus.SCHEDULED}
        ]
    return list(posts)


def _example_post(examples: Examples, author_id: int) -> Post:
    post = _post(ALICE, PostStatus.PUBLISHED, "example", id=examples.post_id)
    post.author_id = author_id
    post.slug = examples.parameters["slug"]
    return post


def _post(author: Account, status: PostStatus, title: str, **given: Any) -> Post:
    now = utcnow()
    post = Post(
        author_id=author.id,
        slug=f"{author.name} {title}".replace(" ", "-"),
        status=status,
        created_at=now,
        updated_at=now,
        **seeded_times(status, now),
        **given,
    )
    apply_columns(post, content_columns(title, f"# {title}\n\nWhat *{author.name}* has to say.", None))
    return post


def seeded_times(status: PostStatus, at: datetime) -> dict[str, datetime | None]:
    """Return the times that a post has in this status: it was published, or drafted, at `at`."""
    scheduled_at = utcnow() + timedelta(days=30) if status is PostStatus.SCHEDULED else None
    published_at = at if status in PUBLIC_STATUSES else None
    return {"scheduled_at": scheduled_at, "published_at": published_at, "listed_at": scheduled_at or at}


def _comments(examples: Examples, author_id: int) -> list[Comment]:
    """Return the comments that the examples name: the one of the path, and the one it answers in a body."""
    body = "Well *said*."
    last = examples.parameters["comment_id"]
    return [
        Comment(
            id=number,
            post_id=examples.post_id,
            author_id=author_id,
            body=body,
            body_html=render_comment(body),
        )
        for number in range(last - 1, last + 1)
    ]


def _redirect(examples: Examples) -> Redirect:
    return Redirect(path=examples.parameters["path"], post_id=examples.post_id)


def failed_job(job_id: str, owner_id: int, unique_key: str | None = None) -> Job:
    """Return a job of somebody that has failed: it can be run again, and then be cancelled."""
    now = utcnow()
    return Job(
        id=UUID(job_id),
        task=PERIODIC.partition(":")[2],
        payload={},
        owner_id=owner_id,
        unique_key=unique_key,
        progress_done=40,
        progress_total=120,
        progress_message="40 of 120 rows deleted",
        result={"deleted": 40},
        state=JobState.FAILED,
        priority=100,
        attempts=5,
        error="The time limit of 60 s was exceeded.",
        due_at=now,
        started_at=now,
        finished_at=now,
    )


def invited(invitation_id: str, secret: str) -> SingleUseLink:
    """Return the open link of an invitation; its `Invitation` has the same id."""
    return SingleUseLink(
        id=UUID(invitation_id),
        purpose=LinkPurpose.INVITATION,
        secret_hash=sha256(secret.encode()).digest(),
        email="invited@seed.example",
        role=Role.AUTHOR,
        created_by_id=ADMIN.id,
        expires_at=utcnow() + timedelta(days=7),
    )


def login_session(session_id: str, user_id: int) -> LogInSession:
    """Return a session with which nobody sends requests."""
    now = utcnow()
    return LogInSession(
        id=UUID(session_id),
        user_id=user_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=7),
        device="curl",
    )


def seeded_api_key(key_id: str, user_id: int) -> ApiKey:
    """Return an API key with which nobody sends requests."""
    return ApiKey(
        id=UUID(key_id),
        user_id=user_id,
        name="Newsletter",
        scopes=["posts:read"],
        secret_hash=bytes(32),
        expires_at=utcnow() + timedelta(days=90),
    )


def password_reset(secret: str, user_id: int) -> SingleUseLink:
    """Return the open link of a password reset."""
    return SingleUseLink(
        id=UUID(int=1),
        purpose=LinkPurpose.PASSWORD_RESET,
        secret_hash=sha256(secret.encode()).digest(),
        user_id=user_id,
        expires_at=utcnow() + timedelta(hours=1),
    )


def login_challenge(secret: str, user_id: int) -> SingleUseLink:
    """Return the open challenge of a login that lacks a code."""
    return SingleUseLink(
        id=UUID(int=4),
        purpose=LinkPurpose.LOGIN_CHALLENGE,
        secret_hash=sha256(secret.encode()).digest(),
        user_id=user_id,
        expires_at=utcnow() + timedelta(hours=1),
    )


def recovery_code(code: str, user_id: int) -> RecoveryCode:
    """Return an unused recovery code."""
    return RecoveryCode(code_hash=sha256(code.replace("-", "").encode()).digest(), user_id=user_id)


def sign_up(secret: str) -> SingleUseLink:
    """Return the open link of a sign-up."""
    return SingleUseLink(
        id=UUID(int=2),
        purpose=LinkPurpose.SIGN_UP,
        secret_hash=sha256(secret.encode()).digest(),
        email="mary@example.org",
        expires_at=utcnow() + timedelta(hours=24),
    )


def email_change(secret: str, user_id: int, email: str = "forgetful@new.example") -> SingleUseLink:
    """Return the open link that gives an account another address."""
    return SingleUseLink(
        id=UUID(int=3),
        purpose=LinkPurpose.EMAIL_CHANGE,
        secret_hash=sha256(secret.encode()).digest(),
        user_id=user_id,
        email=email,
        expires_at=utcnow() + timedelta(hours=24),
    )


def _endpoint(examples: Examples) -> WebhookEndpoint:
    """Return the webhook of the examples; nothing is sent to it, for no worker runs."""
    return WebhookEndpoint(
        id=UUID(examples.parameters["webhook_id"]), url="https://seed.example/hooks", secret=b"none"
    )


def delivered(delivery_id: int, webhook_id: str) -> WebhookDelivery:
    """Return the delivery of the examples."""
    now = utcnow()
    return WebhookDelivery(
        id=delivery_id,
        endpoint_id=UUID(webhook_id),
        message_id=uuid4(),
        event="user.updated",
        subject="user:7",
        body=BODY_EXAMPLE,
        state=DeliveryState.DELIVERED,
        attempts=1,
        next_attempt_at=now,
        last_status=204,
        finished_at=now,
    )


def delivery_attempt(delivery_id: int) -> WebhookAttempt:
    """Return its attempt."""
    now = utcnow()
    return WebhookAttempt(
        delivery_id=delivery_id,
        started_at=now,
        finished_at=now,
        duration_ms=184,
        url=URL_EXAMPLE,
        request_headers=[{"name": "webhook-id", "value": MESSAGE_EXAMPLE}],
        status=204,
        response_headers=[{"name": "server", "value": "nginx"}],
        response_body="",
    )


def waiting_job(unique_key: str) -> Job:
    """Return a job that waits for its time."""
    return Job(
        task=PERIODIC.partition(":")[2],
        payload={},
        state=JobState.WAITING,
        priority=100,
        unique_key=unique_key,
        due_at=utcnow() + timedelta(days=1),
    )


def _count_on(session: Session) -> None:
    """Let PostgreSQL number new rows after the seeded ones; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        for model in NUMBERED:
            sequence = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
            largest = sa.select(sa.func.max(model.id)).scalar_subquery()
            session.execute(sa.select(sa.func.setval(sequence, largest)))
