"""Signed messages to a receiver: their form, and every way in which they fail."""

import base64

import pytest

from service.core import standard_webhooks
from service.core.standard_webhooks import WebhookFailed, WebhookUnanswered, send_webhook, signed_headers
from tests.servers import free_port
from tests.webhook_receiver import webhook_receiver

KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


@pytest.fixture
def receiver():
    with webhook_receiver() as found:
        yield found


def test_signature_is_that_of_the_specification():
    headers = signed_headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_message_arrives_signed_as_of_now(receiver):
    send_webhook(receiver.url, KEY, "msg_1", b'{"type":"post.published"}')
    path, headers, body = receiver.messages.pop()
    assert (path, body) == ("/webhooks/revalidate", b'{"type":"post.published"}')
    assert headers["content-type"] == "application/json"
    expected = signed_headers(KEY, "msg_1", int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == expected["Webhook-Signature"]


@pytest.mark.parametrize("status", [301, 403, 404, 500, 503])
def test_other_statuses_fail_and_no_redirect_is_followed(receiver, status):
    receiver.status = status
    with pytest.raises(WebhookFailed, match=f"/webhooks/revalidate responded with {status}$"):
        send_webhook(receiver.url, KEY, "msg_1", b"{}")
    assert len(receiver.messages) == 1


def test_nobody_there_fails():
    with pytest.raises(
        WebhookFailed, match="did not respond: No connection could be made: Connection refused"
    ):
        send_webhook(f"http://127.0.0.1:{free_port()}", KEY, "msg_1", b"{}")


def test_receiver_that_hangs_fails(receiver, monkeypatch):
    monkeypatch.setattr(standard_webhooks, "TIMEOUT_S", 0.2)
    receiver.may_respond.clear()
    with pytest.raises(WebhookUnanswered, match="did not respond: The server did not answer in time"):
        send_webhook(receiver.url, KEY, "msg_1", b"{}")
