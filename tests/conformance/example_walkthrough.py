"""Sends the document's examples to a new server, in an order in which each finds what it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pyotp
import requests
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.account_exports.schemas import EXPORT_EXAMPLE
from service.config import load_settings
from service.contract.checks.conformance import ContractChecker, ContractViolation
from service.contract.event_streams import EVENT_STREAM, parse_events
from service.core.mail.message import Recipient, build_message
from service.core.mail.templates import Content
from service.core.mail.transport import write_message
from service.core.passwords import hash_password
from service.jobs.schemas import JOB_EXAMPLE
from service.media.schemas import MEDIA_EXAMPLE
from service.models.api_keys import ApiKey
from service.models.base import Model, utcnow
from service.models.exports import Export
from service.models.ids import uuid7
from service.models.imports import Import
from service.models.media import Media, MediaRole, MediaUse
from service.models.passkeys import Passkey
from service.models.posts import Redirect
from service.models.second_factors import RecoveryCode
from service.models.single_use_links import SingleUseLink
from service.models.users import Role, User
from service.webhooks.examples import DELIVERY_EXAMPLE
from tests.conformance.example_calls import Operation
from tests.conformance.example_matching import differences, shown
from tests.conformance.media_seed import media_columns, renditions, seeded_media
from tests.conformance.passkey_seed import PURPOSES, response_to_challenge
from tests.conformance.publication_seed import (
    done_export,
    done_import,
    import_item,
    imported_post,
    write_archive,
    write_upload,
)
from tests.conformance.seed import (
    PERIODIC,
    PNG,
    delivered,
    delivery_attempt,
    email_change,
    failed_job,
    login_challenge,
    login_session,
    password_reset,
    recovery_code,
    sign_up,
    waiting_job,
)
from tests.contract_check import check

NOBODY, ADA, ADMIN = "nobody", "ada", "admin"

# Who calls what. An example may come twice, where something must be done again before the next can be shown.
ORDER = (
    (NOBODY, "getLiveness getReadiness getJwks getGreeting registerUser logIn"),
    (ADA, "logOutEverywhere"),
    (NOBODY, "logIn"),
    (ADA, "refreshTokens getMe updateMe stepUp changePassword getUser"),
    (ADA, "getSecondFactor setUpSecondFactor confirmSecondFactor renewRecoveryCodes stepUpWithSecondFactor"),
    (NOBODY, "completeLogIn"),
    (ADA, "removeSecondFactor"),
    (ADA, "getPasskeyCreationOptions addPasskey listPasskeys getPasskey renamePasskey"),
    (ADA, "getPasskeyStepUpOptions stepUpWithPasskey"),
    (
        NOBODY,
        "getPasskeyLoginOptions logInWithPasskey getPasskeySecondFactorOptions completeLogInWithPasskey",
    ),
    (ADA, "removePasskey"),
    (ADMIN, "getUserSecondFactor resetSecondFactor"),
    (ADMIN, "listUsers replaceUser updateUser"),
    (ADA, "setAvatar removeAvatar"),
    (ADA, "cancelEmailChange deleteUser cancelUserDeletion"),
    (NOBODY, "getSubscription unsubscribe"),
    (ADA, "createItem getItem listItems"),
    (ADA, "createPost schedulePost unschedulePost"),
    # The example is back-dated, which is for editors.
    (ADMIN, "publishPost"),
    (ADA, "getPost replacePost updatePost getPostBySlug"),
    (NOBODY, "listPosts listUserPosts getAuthor getPostArchive lookUpRedirect getMedia"),
    (ADA, "uploadMedia getMediaDetails listMedia updateMedia listMediaUses replaceMediaFile"),
    (ADA, "uploadMediaFromUrl deleteMedia deleteUnusedMedia"),
    (ADA, "createComment getComment listComments listModeratedComments getDashboard updateComment"),
    (ADMIN, "createTag renameTag getTag listTags deleteTag createTag mergeTag"),
    (ADA, "archivePost"),
    (ADMIN, "publishPost"),
    (ADA, "deleteComment deletePost listTrash restorePost"),
    (ADA, "unpublishPost deletePost purgePost"),
    (ADMIN, "listAuditEntries exportAuditEntries"),
    (ADMIN, "listJobs getJob streamJob listPeriodicTasks runPeriodicTask retryJob cancelJob deleteItem"),
    (ADMIN, "listMail getMail"),
    (
        ADMIN,
        "createInvitation getInvitation listInvitations resendInvitation revokeInvitation createInvitation",
    ),
    (
        ADMIN,
        "listEventTypes createWebhook getWebhook updateWebhook pingWebhook",
    ),
    (ADMIN, "createImport getImport listImports listImportItems resumeImport deleteImport"),
    (ADA, "createApiKey listApiKeys getApiKey updateApiKey revokeApiKey"),
    (ADMIN, "createExport getExport listExports downloadExport deleteExport"),
    (
        ADMIN,
        "listWebhookDeliveries listWebhooks getWebhookDelivery redeliverWebhook rotateWebhookSecret deleteWebhook",
    ),
    (ADA, "createAccountExport getAccountExport downloadAccountExport deleteAccountExport"),
    (ADA, "listSessions endSession"),
    (ADA, "logOut"),
    (NOBODY, "requestPasswordReset lookUpPasswordReset resetPassword"),
    (NOBODY, "lookUpEmailChange confirmEmailChange"),
    (NOBODY, "lookUpInvitation acceptInvitation"),
    (NOBODY, "getSignUpMode requestSignUp lookUpSignUp completeSignUp"),
)

# The device of the examples.
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"

# Ids are the server's to choose: that of a made thing stands from then on where the document has its example.
MADE = {
    "registerUser": "user_id",
    "createItem": "item_id",
    "createTag": "tag_id",
    "createPost": "post_id",
    "createComment": "comment_id",
    "createInvitation": "invitation_id",
    "createWebhook": "webhook_id",
    "createImport": "import_id",
    "uploadMedia": "media_id",
    "createExport": "export_id",
    "createApiKey": "key_id",
    "addPasskey": "passkey_id",
}


@dataclass
class ExampleWalkthrough:
    """Calls the operations on a server whose database is empty but for an administrator."""

    url: str
    database_url: str
    var_dir: Path
    document: Mapping[str, Any]
    actual: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._conformance = ContractChecker(self.document)
        account = {"email": "admin@example.org", "password": "an administrator's"}
        admin = User(username="admin", display_name="Admin", role=Role.ADMIN, email=account["email"])
        admin.password_hash = hash_password(account["password"])
        self._add(admin)
        self.tokens[ADMIN] = self._arranged("POST", "/api/auth/login", account)

    def walk(self, operations: Mapping[str, Operation]) -> Iterator[tuple[str, requests.Response, list[str]]]:
        """Call everything in order; yield each operation's id, its answer, and what is wrong with that.

        It ends where a thing was not made that all that follows needs.
        """
        for name, who in ((name, who) for who, names in ORDER for name in names.split()):
            self._prepare(operations[name])
            if name == "logIn":
                self.credentials = json.loads(operations[name].body or "")
            answer, complaints = self.call(operations[name], who)
            yield name, answer, complaints
            if name in MADE:
                if answer.status_code not in {201, 202}:
                    return
                self.actual[MADE[name]] = answer.json()["id"]
            if name == "setUpSecondFactor":
                self.actual["code"] = pyotp.TOTP(answer.json()["secret"]).now()
            if name == "confirmSecondFactor":
                del self.actual["code"]
            if "access_token" in answer.text:
                self.tokens[ADA] = answer.json()

    def call(self, operation: Operation, who: str) -> tuple[requests.Response, list[str]]:
        """Send the example, with its optional headers too; return the answer and what is wrong with it."""
        needed, everything = operation.filled("query", required=True), operation.filled("query")
        answer = self._send(operation, who, needed)
        complaints = self._complaints(operation, answer)
        if not complaints and everything != needed:
            if operation.id == "logOutEverywhere":
                self.tokens[ADA] = self._arranged("POST", "/api/auth/login", self.credentials)
            # A form that shows the example of every filter sends them all: there may be nothing to find.
            complaints += self._misfits(operation, self._send(operation, who, everything))
        return answer, complaints

    def _send(self, operation: Operation, who: str, query: Mapping[str, Any]) -> requests.Response:
        path = operation.template
        for name, value in self._actual(operation.filled("path")).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        headers = {"User-Agent": FIREFOX, **operation.headers, **operation.filled("header")}
        if who != NOBODY:
            kind = "refresh_token" if operation.takes_refresh_token else "access_token"
            headers["Authorization"] = f"Bearer {self.tokens[who][kind]}"
        return requests.request(
            operation.method,
            self.url + path,
            params={name: _literal(value) for name, value in query.items()},
            headers=headers,
            data=json.dumps(self._actual(json.loads(operation.body or "")))
            if operation.takes_json
            else operation.body,
            timeout=30,
        )

    def _actual(self, examples: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.actual.get(name, value) for name, value in examples.items()}

    def _complaints(self, operation: Operation, answer: requests.Response) -> list[str]:
        complaints = self._misfits(operation, answer)
        if complaints:
            return complaints
        declared = operation.declared["responses"][operation.success]
        complaints = [
            f"no header {name}" for name in declared.get("headers", ()) if name not in answer.headers
        ]
        media = declared.get("content", {}).get("application/json")
        if media is not None:
            complaints += differences(shown(media, self.document), answer.json())
        events = declared.get("content", {}).get(EVENT_STREAM)
        if events is not None:
            (event,) = parse_events(answer.content)
            complaints += differences(
                json.loads(events["example"]["data"]), json.loads(event["data"]), "data"
            )
        return complaints

    def _misfits(self, operation: Operation, answer: requests.Response) -> list[str]:
        if str(answer.status_code) != operation.success:
            return [f"{answer.status_code} instead of {operation.success}: {answer.text}"]
        path = answer.request.path_url.partition("?")[0]
        try:
            check(
                self._conformance,
                operation.method,
                path,
                answer.status_code,
                dict(answer.headers),
                answer.content,
            )
        except ContractViolation as error:
            return [str(error)]
        return []

    def _prepare(self, operation: Operation) -> None:
        """Make what an example speaks of and no example makes."""
        match operation.id:
            case "createComment":
                place = f"/api/posts/{self.actual['post_id']}/comments"
                self.actual["parent_id"] = self._arranged("POST", place, {"body": "Is it?"})["id"]
            case "lookUpRedirect":
                self._add(Redirect(post_id=UUID(self.actual["post_id"]), **operation.filled("query")))
            case "mergeTag":
                (tag,) = self._arranged("GET", "/api/tags?search=History")
                self.actual["into"] = tag["id"]
            case "getSubscription":
                with_token = sa.update(User).values(unsubscribe_token=operation.filled("path")["token"])
                self._execute(with_token.where(User.id == self.actual["user_id"]))
            case "lookUpInvitation":
                self._let_secret_be(json.loads(operation.body or "")["secret"])
            case "endSession":
                self._add(login_session(operation.filled("path")["session_id"], self.actual["user_id"]))
            case "stepUpWithSecondFactor" | "completeLogIn":
                sent = json.loads(operation.body or "")
                self._execute(sa.delete(RecoveryCode))
                self._add(recovery_code(sent["code"], self.actual["user_id"]))
                if "challenge" in sent:
                    self._add(login_challenge(sent["challenge"], self.actual["user_id"]))
            case "addPasskey" | "logInWithPasskey" | "completeLogInWithPasskey" | "stepUpWithPasskey":
                purpose = PURPOSES[f"{operation.method} {operation.template}"]
                link, self.actual["credential"] = response_to_challenge(purpose, self.actual["user_id"])
                self._add(link)
            case "listPasskeys":
                self._execute(sa.update(Passkey).values(last_used_at=utcnow()))
            case "getPasskeySecondFactorOptions":
                sent = json.loads(operation.body or "")["challenge"]
                challenge = login_challenge(sent, self.actual["user_id"])
                self._execute(sa.delete(SingleUseLink).where(SingleUseLink.id == challenge.id))
                self._add(challenge)
            case "lookUpPasswordReset":
                secret = json.loads(operation.body or "")["secret"]
                self._add(password_reset(secret, self.actual["user_id"]))
            case "lookUpSignUp":
                self._add(sign_up(json.loads(operation.body or "")["secret"]))
            case "lookUpEmailChange":
                secret = json.loads(operation.body or "")["secret"]
                self._add(email_change(secret, self.actual["user_id"], "ada@example.org"))
            case "listJobs":
                self._add(failed_job(JOB_EXAMPLE, self.actual["user_id"]))
                self._add(failed_job(str(uuid7()), self.actual["user_id"], unique_key=PERIODIC))
                self._add(waiting_job(PERIODIC))
            case "listWebhookDeliveries":
                self._add(delivered(DELIVERY_EXAMPLE, self.actual["webhook_id"]))
                self._add(delivery_attempt(DELIVERY_EXAMPLE))
            case "getImport" | "resumeImport":
                # A dry run can be resumed after its end.
                write_upload(self.var_dir)
                done = done_import(self.document, dry_run=operation.id == "resumeImport")
                self._execute(
                    sa.update(Import).where(Import.id == UUID(self.actual["import_id"])).values(done)
                )
            case "listImportItems":
                self._add(imported_post(self.document))
                self._add(import_item(self.document, self.actual["import_id"]))
            case "getExport":
                done = done_export(self.document)
                self._execute(
                    sa.update(Export).where(Export.id == UUID(self.actual["export_id"])).values(done)
                )
                write_archive(self.var_dir, self.actual["export_id"])
            case "getAccountExport":
                done = {**done_export(self.document), "id": UUID(EXPORT_EXAMPLE)}
                self._execute(sa.update(Export).where(Export.account_id.is_not(None)).values(done))
                write_archive(self.var_dir, EXPORT_EXAMPLE)
            case "listApiKeys":
                self._execute(sa.update(ApiKey).values(last_used_at=utcnow()))
            case "getMediaDetails" | "listMediaUses" | "deleteMedia" | "deleteUnusedMedia":
                self._prepare_media(operation.id)
            case "listMail":
                self._write_mail()
            case "getMedia":
                name = operation.filled("path")["name"]
                image = self.var_dir / "media" / name[:2] / name
                image.parent.mkdir(parents=True, exist_ok=True)
                image.write_bytes(PNG)

    def _prepare_media(self, operation: str) -> None:
        """Let the media be as the example shows it: ready, used by the post, and unused in the end."""
        media_id = self.actual["media_id"]
        match operation:
            case "getMediaDetails":
                named = {
                    "name": seeded_media(self.document, media_id, 1).name,
                    **media_columns(self.document),
                }
                self._execute(sa.update(Media).values(named))
                for rendition in renditions(self.document, media_id):
                    self._add(rendition)
            case "listMediaUses":
                use = MediaUse(media_id=UUID(media_id), post_id=UUID(self.actual["post_id"]))
                use.role = MediaRole.COVER
                self._add(use)
            case "deleteMedia":
                self._execute(sa.delete(MediaUse))
            case "deleteUnusedMedia":
                self._add(seeded_media(self.document, MEDIA_EXAMPLE, self.actual["user_id"]))

    def _let_secret_be(self, secret: str) -> None:
        """Let the invitation have the link of the examples, instead of the one that only its mail has."""
        link = sa.update(SingleUseLink).where(SingleUseLink.id == UUID(self.actual["invitation_id"]))
        self._execute(link.values(secret_hash=sha256(secret.encode()).digest()))

    def _write_mail(self) -> None:
        """Write the mail of the examples to a file, as the worker does."""
        (example,) = self.document["components"]["schemas"]["Mail"]["examples"]
        settings = load_settings("testing", {"VAR_DIR": str(self.var_dir)})
        content = Content(example["subject"], example["text"], example["html"])
        recipient, mail_id = Recipient(*reversed(parseaddr(example["to"]))), UUID(example["id"])
        message = build_message(content, recipient, mail_id, settings, template=example["template"])
        write_message(message, mail_id, settings.mail_dir)

    def _arranged(self, method: str, path: str, body: Any = None) -> Any:
        token = self.tokens.get(ADMIN)
        headers = {"Authorization": f"Bearer {token['access_token']}"} if token else {}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def _add(self, row: Model) -> None:
        engine = sa.create_engine(self.database_url)
        with Session(engine) as session:
            session.add(row)
            session.commit()
        engine.dispose()

    def _execute(self, statement: sa.Update | sa.Delete) -> None:
        engine = sa.create_engine(self.database_url)
        with engine.begin() as connection:
            connection.execute(statement)
        engine.dispose()


def _literal(value: Any) -> Any:
    """Return a parameter as it stands in a URL: booleans as in JSON."""
    return json.dumps(value) if isinstance(value, bool) else value
