"""Passkeys over the API: adding and removing them, logging in with them, and everything that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.core.database import transaction
from service.core.identity import Identity
from service.core.single_use_links import purge_links
from service.extensions import db
from service.models.audit import AuditEntry
from service.models.base import utcnow
from service.models.jobs import Job
from service.models.passkeys import PASSKEYS_MAX, Passkey
from service.models.second_factors import RecoveryCode
from service.models.sessions import Session
from service.models.single_use_links import LinkPurpose, SingleUseLink
from service.models.users import Role, User
from service.passkeys import actions
from service.passkeys.mails import passkey_changed_mail
from service.passkeys.verification import relying_party
from service.second_factors.accounts import lock_caller
from service.second_factors.codes import RECOVERY_CODES
from tests.accounts import (
    PASSWORD,
    auth_headers,
    bearer_header,
    create_account,
    reload_user,
    run_concurrently,
)
from tests.passkeys.software_authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    PRESENT,
    VERIFIED,
    SoftwareAuthenticator,
    base64url,
)
from tests.second_factors.authenticator import enable

Headers = dict[str, str]
PASSKEYS = "/api/auth/passkeys"
SITE = "https://blog.example.org"


@pytest.fixture(autouse=True)
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(app, monkeypatch, site_url=SITE, rate_limit_login="1000 per minute")


@pytest.fixture
def ada(app: Flask) -> User:
    return create_account(username="ada", email="ada@example.org")


@pytest.fixture
def headers(ada: User) -> Headers:
    return auth_headers(ada)


@pytest.fixture
def key() -> SoftwareAuthenticator:
    """Return a security key that counts, and has no passkey of anybody yet."""
    return SoftwareAuthenticator(origin=SITE, sign_count=1)


@pytest.fixture
def passkey(client: FlaskClient, headers: Headers, key: SoftwareAuthenticator) -> str:
    """Return the id of the passkey of ada, which is on `key`."""
    return str(add(client, headers, key).json["id"])


def use_settings(app: Flask, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **changes))


def creation_options(client: FlaskClient, headers: Headers) -> Any:
    answer = client.post(f"{PASSKEYS}/creation-options", headers=headers)
    assert answer.status_code == 200, answer.json
    return answer.json


def send(client: FlaskClient, headers: Headers, credential: Mapping[str, Any], name: str = "Laptop") -> Any:
    return client.post(PASSKEYS, headers=headers, json={"name": name, "credential": credential})


def add(
    client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, name: str = "Laptop", **wrong: Any
) -> Any:
    return send(client, headers, key.register(creation_options(client, headers), **wrong), name)


def login_options(client: FlaskClient) -> Any:
    answer = client.post(f"{PASSKEYS}/login-options")
    assert answer.status_code == 200, answer.json
    return answer.json


def log_in(client: FlaskClient, credential: Mapping[str, Any]) -> Any:
    return client.post(f"{PASSKEYS}/login", json={"credential": credential})


def log_in_with(client: FlaskClient, key: SoftwareAuthenticator, **wrong: Any) -> Any:
    key.sign_count += 1
    return log_in(client, key.sign(login_options(client), **wrong))


def password_challenge(client: FlaskClient) -> str:
    answer = client.post("/api/auth/login", json={"email": "ada@example.org", "password": PASSWORD})
    assert (answer.status_code, answer.json["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    return str(answer.json["challenge"])


def second_factor_options(client: FlaskClient, challenge: str) -> Any:
    return client.post(f"{PASSKEYS}/second-factor-options", json={"challenge": challenge})


def complete(client: FlaskClient, challenge: str, credential: Mapping[str, Any]) -> Any:
    return client.post(f"{PASSKEYS}/second-factor", json={"challenge": challenge, "credential": credential})


def step_up_options(client: FlaskClient, headers: Headers) -> Any:
    return client.post(f"{PASSKEYS}/step-up-options", headers=headers)


def step_up(client: FlaskClient, headers: Headers, credential: Mapping[str, Any]) -> Any:
    return client.post(f"{PASSKEYS}/step-up", headers=headers, json={"credential": credential})


def state(client: FlaskClient, headers: Headers) -> Any:
    return client.get("/api/auth/second-factor", headers=headers).json


def refused(answer: Any) -> tuple[int, str]:
    """Return the status and the code of a problem document."""
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.json["code"]


INVALID, STALE = (403, "PASSKEY_INVALID"), (409, "PASSKEY_CHALLENGE_INVALID")


def mails() -> list[tuple[str, bool]]:
    """Return what the mails about passkeys tell that wait to be sent, oldest first."""
    db.session.remove()
    payloads = db.session.scalars(sa.select(Job.payload).where(Job.task == "mail.send").order_by(Job.id))
    told = [job["payload"] for job in payloads if job["mail"] == "passkey_changed"]
    return [(each["change"], each["is_first_or_last"]) for each in told]


def audited() -> list[str]:
    """Return what was recorded about factors, oldest first."""
    db.session.remove()
    actions_ = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id))
    return [action for action in actions_ if "passkey" in action or "second_factor" in action]


def stored() -> Passkey:
    db.session.remove()
    return db.session.scalars(sa.select(Passkey)).one()


def forget_authentication() -> None:
    """Let every session have logged in as long ago as does not count any more."""
    with transaction() as session:
        session.execute(sa.update(Session).values(authenticated_at=utcnow() - timedelta(days=1)))


def let_challenges_expire() -> None:
    with transaction() as session:
        session.execute(sa.update(SingleUseLink).values(expires_at=utcnow() - timedelta(seconds=1)))


class TestCreationOptions:
    def test_are_for_the_site_and_the_account(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        options = creation_options(client, headers)
        assert options["rp"] == {"id": "blog.example.org", "name": "Colophon"}
        assert options["user"] == {
            "id": base64url(str(ada.id).encode()),
            "name": "ada@example.org",
            "displayName": ada.display_name,
        }
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert (options["excludeCredentials"], options["attestation"]) == ([], "none")

    def test_name_an_account_without_an_address_by_its_username(self, client: FlaskClient) -> None:
        grace = create_account(username="grace", email=None)
        assert creation_options(client, auth_headers(grace))["user"]["name"] == "grace"

    def test_exclude_the_passkeys_that_are_there(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        excluded = {"type": "public-key", "id": base64url(key.credential_id), "transports": ["internal"]}
        assert creation_options(client, headers)["excludeCredentials"] == [excluded]

    def test_ignore_the_host_of_the_request(self, client: FlaskClient, headers: Headers) -> None:
        told = {**headers, "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        assert creation_options(client, told)["rp"]["id"] == "blog.example.org"

    def test_need_a_step_up(self, client: FlaskClient, headers: Headers) -> None:
        forget_authentication()
        answer = client.post(f"{PASSKEYS}/creation-options", headers=headers)
        assert refused(answer) == (403, "STEP_UP_REQUIRED")

    def test_need_room(
        self, client: FlaskClient, headers: Headers, passkey: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions, "PASSKEYS_MAX", 1)
        answer = client.post(f"{PASSKEYS}/creation-options", headers=headers)
        assert refused(answer) == (409, "TOO_MANY_PASSKEYS")
        assert PASSKEYS_MAX == 20


@pytest.mark.parametrize(
    ("site_url", "domain", "origin"),
    [
        ("https://Blog.Example.org:443/blog", "blog.example.org", "https://blog.example.org"),
        ("https://blog.example.org:8443", "blog.example.org", "https://blog.example.org:8443"),
        ("http://localhost:3000", "localhost", "http://localhost:3000"),
        ("http://localhost:80", "localhost", "http://localhost"),
    ],
)
def test_the_relying_party_is_the_site(
    app: Flask, monkeypatch: pytest.MonkeyPatch, site_url: str, domain: str, origin: str
) -> None:
    use_settings(app, monkeypatch, site_url=site_url)
    assert (relying_party().id, relying_party().origin) == (domain, origin)


class TestAdding:
    def test_the_first_one_turns_two_factor_authentication_on(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        answer = add(client, headers, key)
        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        assert (answer.json["name"], answer.json["is_backed_up"]) == ("Laptop", False)
        assert len(set(answer.json["recovery_codes"])) == RECOVERY_CODES
        now = state(client, headers)
        assert (now["is_enabled"], now["has_authenticator_app"], now["passkeys"]) == (True, False, 1)
        assert now["enabled_at"] == answer.json["created_at"]
        assert now["recovery_codes_left"] == RECOVERY_CODES
        assert mails() == [("added", True)]
        assert audited() == ["user.passkey_added", "user.second_factor_enabled"]

    def test_the_first_one_ends_the_sessions_that_were_begun_without_it(
        self, client: FlaskClient, ada: User, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        others = auth_headers(ada)
        add(client, headers, key)
        assert client.get("/api/auth/me", headers=headers).status_code == 200
        assert refused(client.get("/api/auth/me", headers=others)) == (401, "TOKEN_REVOKED")

    def test_another_one_changes_nothing_else(
        self, client: FlaskClient, ada: User, headers: Headers, passkey: str
    ) -> None:
        others = auth_headers(ada)
        answer = add(client, headers, SoftwareAuthenticator(origin=SITE), name="Key")
        assert (answer.status_code, answer.json["recovery_codes"]) == (201, None)
        assert client.get("/api/auth/me", headers=others).status_code == 200
        assert mails() == [("added", True), ("added", False)]

    def test_beside_an_app_leaves_its_recovery_codes(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator
    ) -> None:
        app = enable(ada)
        answer = add(client, auth_headers(ada), key)
        assert (answer.status_code, answer.json["recovery_codes"]) == (201, None)
        body = {"challenge": password_challenge(client), "code": app.recovery_codes[0]}
        assert client.post("/api/auth/second-factor", json=body).status_code == 200

    def test_keeps_what_is_needed(self, client: FlaskClient, ada: User, headers: Headers) -> None:
        synced = SoftwareAuthenticator(origin=SITE, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
        assert add(client, headers, synced).json["is_backed_up"]
        row = stored()
        assert (row.user_id, row.credential_id) == (ada.id, synced.credential_id)
        assert (row.public_key, row.sign_count) == (synced.public_key, 0)
        assert (row.transports, row.last_used_at) == (["internal"], None)

    def test_takes_what_other_browsers_send(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        credential = key.register(creation_options(client, headers))
        credential["response"] |= {
            "authenticatorData": "AAAA",
            "publicKey": base64url(key.public_key),
            "publicKeyAlgorithm": -7,
        }
        del credential["response"]["transports"], credential["authenticatorAttachment"]
        credential["clientExtensionResults"] = {
            "credProps": {"rk": True},
            "prf": {"enabled": True, "results": {"first": "AAAA"}},
            "uvm": [[2, 4, 2]],
        }
        assert send(client, headers, credential).status_code == 201
        assert stored().transports == []

    @pytest.mark.parametrize("results", [[], "none", None, {"prf": {"a": {"b": {"c": 1}}}}])
    def test_refuses_what_no_extension_answers(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, results: object
    ) -> None:
        credential = key.register(creation_options(client, headers)) | {"clientExtensionResults": results}
        answer = send(client, headers, credential)
        assert refused(answer) == (400, "INVALID_INPUT")
        assert answer.json["errors"][0]["pointer"].startswith("/credential/clientExtensionResults")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"origin": "https://evil.example"},
            {"origin": "http://blog.example.org"},
            {"rp_id": "evil.example"},
            {"kind": "webauthn.get"},
            {"flags": PRESENT},
            {"flags": VERIFIED},
        ],
        ids=lambda wrong: f"{next(iter(wrong.items()))}",
    )
    def test_of_what_is_wrong_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, wrong: dict[str, Any]
    ) -> None:
        assert refused(add(client, headers, key, **wrong)) == INVALID
        assert client.get(PASSKEYS, headers=headers).json == []
        assert mails() == []

    def test_of_a_challenge_of_ours_alone(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        assert refused(add(client, headers, key, challenge="A" * 43)) == STALE

    def test_uses_the_challenge_up(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        options = creation_options(client, headers)
        first, second = (SoftwareAuthenticator(origin=SITE).register(options) for _ in range(2))
        assert send(client, headers, first).status_code == 201
        assert refused(send(client, headers, second)) == STALE

    def test_uses_the_challenge_up_though_it_fails(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        options = creation_options(client, headers)
        assert refused(send(client, headers, key.register(options, flags=PRESENT))) == INVALID
        assert refused(send(client, headers, key.register(options))) == STALE

    def test_takes_5_minutes_at_most(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        options = creation_options(client, headers)
        let_challenges_expire()
        assert refused(send(client, headers, key.register(options))) == STALE

    def test_with_the_challenge_of_another_account_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        bob = auth_headers(create_account(username="bob", email="bob@example.org"))
        options = creation_options(client, bob)
        assert refused(send(client, headers, key.register(options))) == STALE
        assert send(client, bob, key.register(options)).status_code == 201  # it is still bob's

    def test_with_a_challenge_for_a_log_in_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        assert refused(add(client, headers, key, challenge=login_options(client)["challenge"])) == STALE

    def test_of_one_that_is_registered_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        bob = auth_headers(create_account(username="bob", email="bob@example.org"))
        for caller in (headers, bob):
            assert refused(add(client, caller, key)) == (409, "PASSKEY_REGISTERED")
        assert not state(client, bob)["is_enabled"]

    @pytest.mark.parametrize(
        "client_data",
        [b"", b"no json", b"[]", b"{}", b'{"challenge": 1}', b"[" * 2000],
        ids=["empty", "text", "list", "object", "number", "deep"],
    )
    def test_of_odd_client_data_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, client_data: bytes
    ) -> None:
        credential = key.register(creation_options(client, headers))
        credential["response"]["clientDataJSON"] = base64url(client_data) or "A"
        assert refused(send(client, headers, credential)) == INVALID

    @pytest.mark.parametrize("attestation", ["AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg", "A"])
    def test_of_an_odd_attestation_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, attestation: str
    ) -> None:
        credential = key.register(creation_options(client, headers))
        credential["response"]["attestationObject"] = attestation
        assert refused(send(client, headers, credential)) == INVALID

    def test_needs_a_step_up(self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator) -> None:
        credential = key.register(creation_options(client, headers))
        forget_authentication()
        assert refused(send(client, headers, credential)) == (403, "STEP_UP_REQUIRED")

    def test_needs_room(
        self, client: FlaskClient, headers: Headers, passkey: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        credential = SoftwareAuthenticator(origin=SITE).register(creation_options(client, headers))
        monkeypatch.setattr(actions, "PASSKEYS_MAX", 1)
        assert refused(send(client, headers, credential)) == (409, "TOO_MANY_PASSKEYS")

    @pytest.mark.parametrize("name", ["", " ", "two\nlines", "x" * 81])
    def test_takes_names_of_one_line(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, name: str
    ) -> None:
        assert add(client, headers, key, name).status_code == 400

    def test_with_tokens_that_end_meanwhile_is_refused(
        self,
        client: FlaskClient,
        headers: Headers,
        key: SoftwareAuthenticator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        credential = key.register(creation_options(client, headers))

        def end_tokens(_caller: Any) -> None:
            with db.engine.begin() as connection:
                connection.execute(sa.update(User).values(token_version=User.token_version + 1))

        monkeypatch.setattr(actions, "require_step_up", end_tokens)
        assert refused(send(client, headers, credential)) == (401, "TOKEN_REVOKED")


class TestList:
    def test_has_ones_own_oldest_first(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        add(client, headers, SoftwareAuthenticator(origin=SITE), name="Key")
        log_in_with(client, key)
        answer = client.get(PASSKEYS, headers=headers).json
        assert [each["name"] for each in answer] == ["Laptop", "Key"]
        assert [each["last_used_at"] is None for each in answer] == [False, True]
        bob = auth_headers(create_account(username="bob", email="bob@example.org"))
        assert client.get(PASSKEYS, headers=bob).json == []


class TestGet:
    def test_has_no_keys(self, client: FlaskClient, headers: Headers, passkey: str) -> None:
        answer = client.get(f"{PASSKEYS}/{passkey}", headers=headers)
        assert set(answer.json) == {"id", "name", "is_backed_up", "created_at", "last_used_at"}

    def test_of_anothers_is_not_found(self, client: FlaskClient, passkey: str) -> None:
        bob = auth_headers(create_account(username="bob", email="bob@example.org", role=Role.ADMIN))
        for passkey_id in (passkey, uuid4()):
            assert refused(client.get(f"{PASSKEYS}/{passkey_id}", headers=bob)) == (404, "NOT_FOUND")


class TestRenaming:
    def test_changes_the_name(self, client: FlaskClient, headers: Headers, passkey: str) -> None:
        for _ in range(2):
            answer = client.patch(f"{PASSKEYS}/{passkey}", headers=headers, json={"name": "Phone"})
            assert (answer.status_code, answer.json["name"]) == (200, "Phone")
        assert client.patch(f"{PASSKEYS}/{passkey}", headers=headers, json={}).json["name"] == "Phone"
        assert audited().count("user.passkey_renamed") == 1

    def test_of_anothers_is_not_found(self, client: FlaskClient, passkey: str) -> None:
        bob = auth_headers(create_account(username="bob", email="bob@example.org"))
        for passkey_id in (passkey, uuid4()):
            answer = client.patch(f"{PASSKEYS}/{passkey_id}", headers=bob, json={"name": "Mine"})
            assert refused(answer) == (404, "NOT_FOUND")
        assert stored().name == "Laptop"


class TestRemoval:
    def test_of_the_last_one_lets_the_password_suffice(
        self, client: FlaskClient, ada: User, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        assert client.delete(f"{PASSKEYS}/{passkey}", headers=headers).status_code == 204
        now = state(client, headers)
        assert (now["is_enabled"], now["passkeys"], now["recovery_codes_left"]) == (False, 0, 0)
        assert now["enabled_at"] is None
        body = {"email": "ada@example.org", "password": PASSWORD}
        assert client.post("/api/auth/login", json=body).status_code == 200
        assert refused(log_in_with(client, key)) == INVALID
        assert mails() == [("added", True), ("removed", True)]
        assert audited()[-2:] == ["user.passkey_removed", "user.second_factor_removed"]

    def test_of_one_of_two_keeps_the_second_factor(
        self, client: FlaskClient, headers: Headers, passkey: str
    ) -> None:
        other = SoftwareAuthenticator(origin=SITE)
        add(client, headers, other, name="Key")
        assert client.delete(f"{PASSKEYS}/{passkey}", headers=headers).status_code == 204
        assert state(client, headers)["is_enabled"]
        assert log_in_with(client, other).status_code == 200
        assert mails()[-1] == ("removed", False)

    def test_beside_an_app_keeps_the_second_factor(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator
    ) -> None:
        app, headers = enable(ada), auth_headers(ada)
        passkey_id = add(client, headers, key).json["id"]
        assert client.delete(f"{PASSKEYS}/{passkey_id}", headers=headers).status_code == 204
        body = {"challenge": password_challenge(client), "code": app.code()}
        assert client.post("/api/auth/second-factor", json=body).status_code == 200

    def test_voids_logins_that_were_begun(self, client: FlaskClient, headers: Headers, passkey: str) -> None:
        challenge = password_challenge(client)
        client.delete(f"{PASSKEYS}/{passkey}", headers=headers)
        assert refused(second_factor_options(client, challenge)) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_of_anothers_is_not_found(self, client: FlaskClient, passkey: str) -> None:
        bob = auth_headers(create_account(username="bob", email="bob@example.org", role=Role.ADMIN))
        for passkey_id in (passkey, uuid4()):
            assert refused(client.delete(f"{PASSKEYS}/{passkey_id}", headers=bob)) == (404, "NOT_FOUND")
        assert stored()

    def test_needs_a_step_up(self, client: FlaskClient, headers: Headers, passkey: str) -> None:
        forget_authentication()
        answer = client.delete(f"{PASSKEYS}/{passkey}", headers=headers)
        assert (refused(answer), answer.json["method"]) == ((403, "STEP_UP_REQUIRED"), "second_factor")
        assert stored()

    def test_of_the_account_takes_its_passkeys_along(self, ada: User, passkey: str) -> None:
        with transaction() as session:
            session.delete(session.get(User, ada.id))
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0


class TestLogIn:
    def test_needs_no_password(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        answer = log_in_with(client, key)
        assert (answer.status_code, answer.json["user"]["username"]) == (200, "ada")
        assert answer.headers["Cache-Control"] == "no-store"
        headers = bearer_header(answer.json["access_token"])
        assert client.delete(f"{PASSKEYS}/{passkey}", headers=headers).status_code == 204  # it is a step-up

    def test_is_as_one_with_the_password(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        log_in_with(client, key)
        db.session.remove()
        payloads = db.session.scalars(sa.select(Job.payload).where(Job.task == "mail.send"))
        assert "new_login" in {payload["mail"] for payload in payloads}
        newest = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
        entry = db.session.scalars(newest).one()
        assert (entry.action, entry.actor_id) == ("session.created", ada.id)

    def test_keeps_counter_backup_and_time(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        log_in_with(client, key, sign_count=7, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP)
        row = stored()
        assert (row.sign_count, row.is_backed_up, row.last_used_at is None) == (7, True, False)

    def test_options_say_nothing_about_accounts(self, client: FlaskClient, passkey: str) -> None:
        options = login_options(client)
        assert (options["allowCredentials"], options["rpId"]) == ([], "blog.example.org")
        assert options["userVerification"] == "required"
        assert options["challenge"] != login_options(client)["challenge"]

    def test_challenges_are_stored_hashed(self, client: FlaskClient, app: Flask) -> None:
        challenge = login_options(client)["challenge"]
        link = db.session.scalars(sa.select(SingleUseLink)).one()
        assert (link.purpose, link.user_id) == (LinkPurpose.PASSKEY_LOGIN, None)
        assert challenge.encode() not in (link.secret_hash or b"")
        assert link.expires_at - utcnow() <= timedelta(minutes=5)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"origin": "https://evil.example"},
            {"origin": f"{SITE}:8443"},
            {"rp_id": "evil.example"},
            {"kind": "webauthn.create"},
            {"flags": PRESENT},
            {"flags": VERIFIED},
            {"signature": "MEUCIQ"},
            {"user_handle": "MQ"},
            {"user_handle": "A"},
        ],
        ids=lambda wrong: f"{next(iter(wrong.items()))}",
    )
    def test_with_what_is_wrong_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str, wrong: dict[str, Any]
    ) -> None:
        assert refused(log_in_with(client, key, **wrong)) == INVALID
        assert stored().last_used_at is None
        assert log_in_with(client, key).status_code == 200

    def test_needs_no_user_handle(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        assert log_in_with(client, key, user_handle=None).status_code == 200

    def test_with_the_key_of_another_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        forged = SoftwareAuthenticator(origin=SITE, credential_id=key.credential_id, sign_count=9)
        assert refused(log_in_with(client, forged)) == INVALID

    def test_with_an_unknown_passkey_is_refused(self, client: FlaskClient, app: Flask) -> None:
        assert refused(log_in_with(client, SoftwareAuthenticator(origin=SITE))) == INVALID

    @pytest.mark.parametrize("credential_id", ["A", "AAAAA"])
    def test_with_an_odd_id_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str, credential_id: str
    ) -> None:
        credential = key.sign(login_options(client)) | {"id": credential_id}
        assert refused(log_in(client, credential)) == INVALID

    def test_with_two_ids_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        credential = key.sign(login_options(client)) | {"rawId": "AAAA"}
        assert refused(log_in(client, credential)) == INVALID

    def test_takes_a_response_once(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        key.sign_count += 1
        credential = key.sign(login_options(client))
        assert log_in(client, credential).status_code == 200
        assert refused(log_in(client, credential)) == STALE

    def test_takes_a_challenge_once_though_it_failed(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        options = login_options(client)
        key.sign_count += 1
        assert refused(log_in(client, key.sign(options, flags=PRESENT))) == INVALID
        assert refused(log_in(client, key.sign(options))) == STALE

    def test_takes_a_response_once_at_a_time(
        self, app: Flask, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        key.sign_count += 1
        credential = key.sign(login_options(client))
        db.session.remove()
        assert sorted(run_concurrently(app, 2, partial(log_in_at_once, credential))) == [200, 409]

    def test_takes_5_minutes_at_most(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        credential = key.sign(login_options(client))
        let_challenges_expire()
        assert refused(log_in(client, credential)) == STALE

    def test_with_a_challenge_for_something_else_is_refused(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        key.sign_count += 1
        registration = {**creation_options(client, headers), "rpId": "blog.example.org"}
        for options in (step_up_options(client, headers).json, registration):
            assert refused(log_in(client, key.sign(options))) == STALE

    def test_to_a_deactivated_account_is_refused(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(is_active=False))
        assert refused(log_in_with(client, key)) == (403, "ACCOUNT_INACTIVE")
        # Only its owner hears of it.
        assert refused(log_in_with(client, key, signature="MEUCIQ")) == INVALID

    @pytest.mark.parametrize("count", [0, 1, 4, 5])
    def test_with_a_counter_that_went_back_is_refused(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator, passkey: str, count: int
    ) -> None:
        assert log_in_with(client, key, sign_count=5).status_code == 200
        assert refused(log_in_with(client, key, sign_count=count)) == INVALID
        assert stored().sign_count == 5
        assert audited()[-1] == "user.passkey_refused"
        assert mails()[-1] == ("refused", False)
        assert log_in_with(client, key, sign_count=6).status_code == 200

    def test_with_one_that_does_not_count_can_be_repeated(
        self, client: FlaskClient, headers: Headers
    ) -> None:
        synced = SoftwareAuthenticator(origin=SITE)
        add(client, headers, synced)
        assert [log_in_with(client, synced, sign_count=0).status_code for _ in range(2)] == [200, 200]

    def test_is_limited(
        self, app: Flask, client: FlaskClient, key: SoftwareAuthenticator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, rate_limit_login="1 per day")
        options = [client.post(f"{PASSKEYS}/login-options") for _ in range(2)]
        assert [answer.status_code for answer in options] == [200, 429]
        assert log_in(client, key.sign(options[0].json)).status_code == 429


def log_in_at_once(credential: Mapping[str, Any], client: FlaskClient, _number: int) -> int:
    status: int = log_in(client, credential).status_code
    return status


class TestSecondFactor:
    def test_is_a_passkey_after_the_password(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        challenge = password_challenge(client)
        options = second_factor_options(client, challenge).json
        assert [each["id"] for each in options["allowCredentials"]] == [base64url(key.credential_id)]
        key.sign_count += 1
        answer = complete(client, challenge, key.sign(options))
        assert (answer.status_code, answer.json["user"]["username"]) == (200, "ada")
        assert refused(second_factor_options(client, challenge)) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_is_a_recovery_code_too(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator
    ) -> None:
        code = add(client, headers, key).json["recovery_codes"][0]
        body = {"challenge": password_challenge(client), "code": code}
        assert client.post("/api/auth/second-factor", json=body).status_code == 200

    def test_that_fails_leaves_the_log_in_open(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        challenge = password_challenge(client)
        key.sign_count += 1
        wrong = key.sign(second_factor_options(client, challenge).json, signature="MEUCIQ")
        assert refused(complete(client, challenge, wrong)) == INVALID
        right = key.sign(second_factor_options(client, challenge).json)
        assert complete(client, challenge, right).status_code == 200
        assert refused(complete(client, challenge, right)) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_with_the_passkey_of_another_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        bob, other = (
            create_account(username="bob", email="bob@example.org"),
            SoftwareAuthenticator(origin=SITE),
        )
        add(client, auth_headers(bob), other)
        challenge = password_challenge(client)
        options = second_factor_options(client, challenge).json
        assert refused(complete(client, challenge, other.sign(options))) == INVALID

    def test_with_the_challenge_of_another_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        bob, other = (
            create_account(username="bob", email="bob@example.org"),
            SoftwareAuthenticator(origin=SITE),
        )
        headers = auth_headers(bob)
        add(client, headers, other)
        key.sign_count += 1
        for options in (step_up_options(client, headers).json, login_options(client)):
            assert refused(complete(client, password_challenge(client), key.sign(options))) == STALE

    def test_needs_a_passkey(self, client: FlaskClient, ada: User) -> None:
        enable(ada)
        answer = second_factor_options(client, password_challenge(client))
        assert refused(answer) == (409, "NO_PASSKEY")

    def test_needs_the_password_first(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        assert refused(second_factor_options(client, "A" * 43)) == (401, "LOGIN_CHALLENGE_INVALID")
        answer = complete(client, "A" * 43, key.sign(login_options(client)))
        assert refused(answer) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_to_a_deactivated_account_is_refused(
        self, client: FlaskClient, ada: User, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        challenge = password_challenge(client)
        key.sign_count += 1
        credential = key.sign(second_factor_options(client, challenge).json)
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == ada.id).values(is_active=False))
        assert refused(complete(client, challenge, credential)) == (403, "ACCOUNT_INACTIVE")

    def test_of_a_challenge_of_nobody_is_refused(self, client: FlaskClient, passkey: str) -> None:
        challenge = password_challenge(client)
        with transaction() as session:
            session.execute(sa.update(SingleUseLink).values(user_id=None))
        assert refused(second_factor_options(client, challenge)) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_that_is_revoked_meanwhile_is_refused(
        self, client: FlaskClient, key: SoftwareAuthenticator, passkey: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        challenge = password_challenge(client)
        key.sign_count += 1
        credential = key.sign(second_factor_options(client, challenge).json)
        revoke_before(
            monkeypatch,
            sa.update(SingleUseLink)
            .where(SingleUseLink.purpose == LinkPurpose.LOGIN_CHALLENGE)
            .values(revoked_at=utcnow()),
        )
        assert refused(complete(client, challenge, credential)) == (401, "LOGIN_CHALLENGE_INVALID")

    def test_is_limited(
        self,
        app: Flask,
        client: FlaskClient,
        key: SoftwareAuthenticator,
        passkey: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        challenge = password_challenge(client)
        credential = key.sign(second_factor_options(client, challenge).json)
        use_settings(app, monkeypatch, rate_limit_login="1 per day")
        statuses = [second_factor_options(client, challenge).status_code for _ in range(2)]
        assert statuses == [200, 429]
        assert complete(client, challenge, credential).status_code == 429


def revoke_before(monkeypatch: pytest.MonkeyPatch, statement: Any) -> None:
    """Execute a statement after the request was authenticated, before the account is locked."""

    def lock_later(user_id: int) -> Any:
        with db.engine.begin() as connection:
            connection.execute(statement)
        return db.session.get(User, user_id, populate_existing=True)

    monkeypatch.setattr("service.passkeys.authentication.lock_account", lock_later)


class TestStepUp:
    @pytest.fixture
    def stale(self, headers: Headers, passkey: str) -> Headers:
        forget_authentication()
        return headers

    def test_with_a_passkey_suffices(
        self, client: FlaskClient, stale: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        key.sign_count += 1
        answer = step_up(client, stale, key.sign(step_up_options(client, stale).json))
        assert (answer.status_code, answer.json["method"]) == (200, "passkey")
        assert client.delete(f"{PASSKEYS}/{passkey}", headers=stale).status_code == 204

    def test_with_the_password_does_not(self, client: FlaskClient, stale: Headers) -> None:
        body = {"method": "password", "password": PASSWORD}
        answer = client.post("/api/auth/step-up", headers=stale, json=body)
        assert refused(answer) == (403, "PASSWORD_NOT_ENOUGH")

    def test_with_what_is_wrong_is_refused(
        self, client: FlaskClient, stale: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        key.sign_count += 1
        wrong = key.sign(step_up_options(client, stale).json, flags=PRESENT)
        assert refused(step_up(client, stale, wrong)) == INVALID
        assert client.delete(f"{PASSKEYS}/{passkey}", headers=stale).status_code == 403

    def test_with_the_passkey_or_challenge_of_another_is_refused(
        self, client: FlaskClient, stale: Headers, key: SoftwareAuthenticator
    ) -> None:
        bob, other = (
            create_account(username="bob", email="bob@example.org"),
            SoftwareAuthenticator(origin=SITE),
        )
        headers = auth_headers(bob)
        add(client, headers, other)
        assert refused(step_up(client, stale, other.sign(step_up_options(client, stale).json))) == INVALID
        key.sign_count += 1
        assert refused(step_up(client, stale, key.sign(step_up_options(client, headers).json))) == STALE

    def test_needs_a_passkey(self, client: FlaskClient, headers: Headers) -> None:
        assert refused(step_up_options(client, headers)) == (409, "NO_PASSKEY")

    def test_of_a_session_that_was_revoked_meanwhile_is_none(
        self, client: FlaskClient, stale: Headers, key: SoftwareAuthenticator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key.sign_count += 1
        credential = key.sign(step_up_options(client, stale).json)

        def lock_later(caller: Identity) -> User:
            with db.engine.begin() as connection:
                connection.execute(sa.update(User).values(token_version=User.token_version + 1))
            return lock_caller(caller)

        monkeypatch.setattr("service.passkeys.authentication.lock_caller", lock_later)
        assert refused(step_up(client, stale, credential)) == (401, "TOKEN_REVOKED")

    def test_is_limited(
        self,
        app: Flask,
        client: FlaskClient,
        stale: Headers,
        key: SoftwareAuthenticator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        use_settings(app, monkeypatch, rate_limit_login="1 per day")
        credential = key.sign(step_up_options(client, stale).json, flags=PRESENT)
        assert [step_up(client, stale, credential).status_code for _ in range(2)] == [403, 429]


class TestAuthenticatorApp:
    """Beside passkeys."""

    def test_can_be_set_up_and_removed(
        self, client: FlaskClient, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        setup = client.post("/api/auth/second-factor/setup", headers=headers).json
        code = pyotp.TOTP(setup["secret"]).now()
        # Until it is confirmed its codes are none.
        unconfirmed = {"challenge": password_challenge(client), "code": code}
        assert refused(client.post("/api/auth/second-factor", json=unconfirmed)) == (
            403,
            "SECOND_FACTOR_INVALID",
        )
        confirmed = client.post("/api/auth/second-factor/confirm", headers=headers, json={"code": code})
        assert confirmed.status_code == 200
        assert state(client, headers)["has_authenticator_app"]
        assert client.delete("/api/auth/second-factor", headers=headers).status_code == 204
        now = state(client, headers)
        assert (now["is_enabled"], now["has_authenticator_app"]) == (True, False)
        assert now["recovery_codes_left"] == RECOVERY_CODES
        assert audited()[-1] != "user.second_factor_removed"
        assert refused(second_factor_options(client, "A" * 43))
        assert log_in_with(client, key).status_code == 200

    def test_that_is_reset_takes_the_passkeys_along(
        self, client: FlaskClient, ada: User, headers: Headers, key: SoftwareAuthenticator, passkey: str
    ) -> None:
        chief = auth_headers(create_account(username="chief", email="chief@example.org", role=Role.ADMIN))
        assert client.delete(f"/api/users/{ada.id}/second-factor", headers=chief).status_code == 204
        assert not reload_user(ada.id).has_second_factor
        for table in (Passkey, RecoveryCode):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        assert refused(client.get("/api/auth/me", headers=headers)) == (401, "TOKEN_REVOKED")
        assert refused(log_in_with(client, key)) == INVALID


class TestRequirement:
    """Of a role whose accounts must have a second factor."""

    def test_is_met_by_a_passkey(
        self, app: Flask, client: FlaskClient, key: SoftwareAuthenticator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_settings(app, monkeypatch, require_second_factor=("admin",))
        headers = auth_headers(create_account(role=Role.ADMIN))
        assert refused(client.get("/api/users", headers=headers)) == (403, "SECOND_FACTOR_SETUP_REQUIRED")
        assert client.get(PASSKEYS, headers=headers).json == []
        assert add(client, headers, key).status_code == 201
        assert client.get("/api/users", headers=headers).status_code == 200


def test_challenges_are_deleted_once_they_have_expired(
    client: FlaskClient, ada: User, headers: Headers, passkey: str
) -> None:
    login_options(client)
    password_challenge(client)
    let_challenges_expire()
    login_options(client)
    with transaction():
        purge_links(100)
    left = db.session.scalars(sa.select(SingleUseLink.purpose)).all()
    assert sorted(left) == [LinkPurpose.LOGIN_CHALLENGE, LinkPurpose.PASSKEY_LOGIN]


def test_the_mail_leads_to_the_passkeys(app: Flask) -> None:
    told = passkey_changed_mail.load("added", "Laptop", is_first_or_last=True)
    assert told
    assert told["url"] == f"{SITE}/account/passkeys"
