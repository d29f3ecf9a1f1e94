"""The programs that the studio shows for verifying the signature of a webhook, run on what the service signs."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.core.standard_webhooks import signed_headers
from tests.servers import require_command
from tests.web.node import WEB, run

KEY = b"a key of thirty-two bytes, or so"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = '{"type":"post.published","timestamp":"2026-11-29T20:00:00Z","data":{"title":"Grüße"}}'.encode()
EXAMPLES = WEB / "src" / "app" / "studio" / "webhooks" / "signature-examples.ts"


def example(name: str) -> str:
    found = re.search(rf"{name} = `(.*?)`;", EXAMPLES.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{EXAMPLES.name} has no {name}"
    assert "\\" not in found[1], "what is shown is another text than what is run here"
    assert "${" not in found[1]
    return found[1]


def headers(age_s: int = 0) -> dict[str, str]:
    return signed_headers(KEY, "msg_1", int(time.time()) - age_s, BODY)


# What is changed in the headers of a message.
FORGED = [
    {"Webhook-Id": "msg_2"},
    {"Webhook-Signature": "v1,AAAA"},
    {"Webhook-Signature": "nonsense"},
    {"Webhook-Signature": ""},
    {"Webhook-Timestamp": "yesterday"},
]


class TestPython:
    @pytest.fixture
    def receiver(self, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
        monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
        names: dict[str, Any] = {"__name__": "receiver"}
        exec(compile(example("PYTHON_EXAMPLE"), "receiver.py", "exec"), names)
        client: FlaskClient = names["app"].test_client()
        return client

    def test_what_the_service_signs_is_taken(
        self, receiver: FlaskClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert receiver.post("/webhook", data=BODY, headers=headers()).status_code == 204
        assert capsys.readouterr().out == "msg_1 post.published {'title': 'Grüße'}\n"

    @pytest.mark.parametrize("forged", FORGED)
    def test_anything_else_is_refused(self, receiver: FlaskClient, forged: dict[str, str]) -> None:
        assert receiver.post("/webhook", data=BODY, headers={**headers(), **forged}).status_code == 401

    def test_an_old_message_is_refused(self, receiver: FlaskClient) -> None:
        assert receiver.post("/webhook", data=BODY, headers=headers(age_s=3600)).status_code == 401

    def test_another_body_is_refused(self, receiver: FlaskClient) -> None:
        assert receiver.post("/webhook", data=BODY + b" ", headers=headers()).status_code == 401


class TestTypeScript:
    """Compiled strictly, then run by Node.js with requests that it reads from a file."""

    OPTIONS = (
        *("--strict", "--target", "es2023", "--lib", "es2023,dom,dom.iterable"),
        *("--module", "nodenext", "--types", "node"),
    )
    SEND = """
        import { readFileSync } from 'node:fs';
        import { POST } from './receiver.js';
        for (const { headers, body } of JSON.parse(readFileSync('requests.json', 'utf8'))) {
          const request = new Request('http://receiver/', { method: 'POST', headers, body });
          console.log((await POST(request)).status);
        }
    """

    def test_what_the_service_signs_is_taken_and_anything_else_refused(self, tmp_path: Path) -> None:
        node = require_command("node")
        (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
        (tmp_path / "package.json").write_text('{"type": "module"}')
        (tmp_path / "receiver.ts").write_text(example("TYPESCRIPT_EXAMPLE"), encoding="utf-8")
        compiled = run(tmp_path, "tsc", *self.OPTIONS, "receiver.ts")
        assert (compiled.returncode, compiled.stdout) == (0, "")
        sent = [{"headers": {**headers(), **each}, "body": BODY.decode()} for each in ({}, *FORGED)]
        sent.append({"headers": headers(age_s=3600), "body": BODY.decode()})
        sent.append({"headers": headers(), "body": f"{BODY.decode()} "})
        (tmp_path / "requests.json").write_text(json.dumps(sent))
        (tmp_path / "send.js").write_text(self.SEND)
        done = subprocess.run(
            [node, "send.js"],
            cwd=tmp_path,
            env={"WEBHOOK_SECRET": SECRET},
            capture_output=True,
            text=True,
            timeout=120,
        )
        taken = "msg_1 post.published { title: 'Grüße' }\n204\n"
        assert done.stdout == taken + "401\n" * (len(sent) - 1), done.stderr
