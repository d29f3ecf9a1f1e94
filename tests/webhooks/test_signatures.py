"""What is sent is verified by the packages that receivers use, unmodified, and by the receivers of the guide."""

from __future__ import annotations

import json
import os
import re
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from standardwebhooks import Webhook, WebhookVerificationError

from service.core.standard_webhooks import signed_headers
from service.models.base import utcnow
from service.models.webhooks import WebhookEndpoint
from service.webhooks.outcomes import RETRY_DELAYS_S
from tests.conftest import on_sqlite
from tests.servers import ROOT, require_command
from tests.webhook_receiver import Message, Receiver
from tests.webhooks.conftest import Create, Headers, SendDue, change

GUIDE = ROOT / "deploy" / "webhooks.md"
BLOCK = re.compile(r"<!-- receiver: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)
OLD_S = 6 * 60  # the packages take messages of the last five minutes

# Calls the guide's handler with each message, and the package itself; prints what each says.
NODE = """
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { POST } from './receiver.js';

const answers = [];
for (const { secret, headers, body } of JSON.parse(readFileSync(0, 'utf8'))) {
  let verified = true;
  try {
    new Webhook(secret).verify(body, headers);
  } catch {
    verified = false;
  }
  const request = new Request('https://example.net/hooks/colophon', { method: 'POST', headers, body });
  const { status } = secret === process.env.WEBHOOK_SECRET ? await POST(request) : { status: null };
  answers.push({ verified, status });
}
console.error(JSON.stringify(answers));
"""


class Sent:
    """What the service has sent: with the first secret, with both after a rotation, and with the second alone."""

    def __init__(self, first: str, second: str, messages: list[Message]) -> None:
        self.first, self.second = first, second
        self.before, self.overlap, self.after = messages

    def cases(self) -> list[tuple[str, Mapping[str, str], bytes, bool]]:
        """Return secret, headers, body and whether that is genuine."""
        first, second = self.first, self.second
        cases = [
            (first, self.before.headers, self.before.body, True),
            (second, self.before.headers, self.before.body, False),
            (first, self.overlap.headers, self.overlap.body, True),
            (second, self.overlap.headers, self.overlap.body, True),
            (first, self.after.headers, self.after.body, False),
            (second, self.after.headers, self.after.body, True),
        ]
        headers, body = self.overlap.headers, self.overlap.body
        now = int(datetime.now(UTC).timestamp())
        for secret in (first, second):
            # One bit of the body, another id, another time, another version, no signature.
            cases.append((secret, headers, bytes([body[0], body[1] ^ 1, *body[2:]]), False))
            cases.append((secret, {**headers, "webhook-id": "msg_other"}, body, False))
            cases.append((secret, {**headers, "webhook-timestamp": str(now - 1_000_000)}, body, False))
            v2 = headers["webhook-signature"].replace("v1,", "v2,")
            cases.append((secret, {**headers, "webhook-signature": v2}, body, False))
            without = {name: value for name, value in headers.items() if name != "webhook-signature"}
            cases.append((secret, without, body, False))
            # What was recorded, with a signature that is right.
            key = b64decode(secret.removeprefix("whsec_"))
            for at, genuine in ((now - OLD_S, False), (now + OLD_S, False), (now, True)):
                old = signed_headers(key, headers["webhook-id"], at, body)
                cases.append((secret, {name.lower(): value for name, value in old.items()}, body, genuine))
        return [(secret, _signing(headers), body, genuine) for secret, headers, body, genuine in cases]


def _signing(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith(("webhook-", "content-type"))}


@pytest.fixture
def sent(client: FlaskClient, create: Create, admin: Headers, receiver: Receiver, send_due: SendDue) -> Sent:
    webhook = create(url=receiver.url)
    url = f"/api/webhooks/{webhook['id']}"

    def ping() -> None:
        assert client.post(f"{url}/ping", headers=admin).status_code == 202

    ping()
    send_due()
    ping()  # it waits while the secret is rotated
    rotated = client.post(f"{url}/secret", json={"overlap_hours": 1}, headers=admin).json
    send_due()
    change(WebhookEndpoint, previous_secret_expires_at=utcnow() - timedelta(seconds=1))
    ping()
    send_due()
    return Sent(webhook["secret"], rotated["secret"], receiver.messages)


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError:
        return False
    return True


def test_package_of_python(sent: Sent) -> None:
    for secret, headers, body, genuine in sent.cases():
        assert verified(secret, headers, body) is genuine, (headers, body)


@on_sqlite  # the messages are the same on both
def test_package_of_node_and_receiver_of_the_guide(sent: Sent, tmp_path: Path) -> None:
    node = require_command("node")
    (tmp_path / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "receiver.ts").write_text(receivers()["typescript"])
    (tmp_path / "run.js").write_text(NODE)
    # As strict as a receiver's project may be.
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--skipLibCheck"]
    compiled = subprocess.run(
        [node, compiler, *options, "receiver.ts"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert compiled.returncode == 0, compiled.stdout
    cases = sent.cases()
    given = [
        {"secret": secret, "headers": headers, "body": body.decode("latin-1")}
        for secret, headers, body, _genuine in cases
    ]
    result = subprocess.run(
        [node, "run.js"],
        cwd=tmp_path,
        env={**os.environ, "WEBHOOK_SECRET": sent.second},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    answers: list[dict[str, Any]] = json.loads(result.stderr)
    for answer, (secret, headers, body, genuine) in zip(answers, cases, strict=True):
        assert answer["verified"] is genuine, (headers, body)
        if secret == sent.second:
            assert answer["status"] == (204 if genuine else 400)
    # A message that comes twice is acted upon once.
    assert len(result.stdout.splitlines()) == 2


@on_sqlite
def test_python_receiver_of_the_guide(sent: Sent, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", sent.second)
    namespace: dict[str, Any] = {"__name__": "receiver"}
    exec(receivers()["python"], namespace)
    receiver = namespace["app"].test_client()
    for secret, headers, body, genuine in sent.cases():
        if secret == sent.second:
            answer = receiver.post("/hooks/colophon", data=body, headers=headers)
            assert answer.status_code == (204 if genuine else 400)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_guide_names_the_delays_that_are() -> None:
    words = "after 5 seconds, 1, 5 and 20 minutes, 1, 2, 4, 8 and 8 hours"
    assert words in " ".join(GUIDE.read_text().split())
    assert RETRY_DELAYS_S == (5, 60, 300, 1_200, 3_600, 7_200, 14_400, 28_800, 28_800)


def receivers() -> dict[str, str]:
    """Return the programs of the guide, by language."""
    return dict(BLOCK.findall(GUIDE.read_text()))
