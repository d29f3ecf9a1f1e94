"""Faults in webhooks: what is signed, who is told, in which order, and what is sent where."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant, mutant

_FOLDER = "service/webhooks/"
_SENDING = _FOLDER + "sending.py"
_ACTIONS = _FOLDER + "actions.py"

WEBHOOKS = (
    mutant(
        "the time of a message is not signed",
        "service/core/standard_webhooks.py",
        '    signed = f"{message_id}.{timestamp}.".encode() + body\n',
        '    signed = f"{message_id}.".encode() + body\n',
        "webhooks",
    ),
    mutant(
        "the previous secret of a webhook does not sign",
        _SENDING,
        "            secrets.append(previous)\n",
        "            secrets.append(secret)\n",
        "webhooks",
    ),
    mutant(
        "the previous secret of a webhook signs for ever",
        _SENDING,
        "expires_at is not None and expires_at > utcnow():",
        "expires_at is not None:",
        "webhooks",
    ),
    mutant(
        "a message passes an earlier one about the same object",
        _SENDING,
        "WebhookDelivery.endpoint_id == endpoint_id, _is_waiting, _is_due, _is_first_of_subject)",
        "WebhookDelivery.endpoint_id == endpoint_id, _is_waiting, _is_due)",
        "webhooks",
    ),
    Mutant(
        "a disabled webhook is sent to",
        ("webhooks",),
        (
            Change(
                _SENDING,
                "            WebhookEndpoint.is_enabled,\n            WebhookEndpoint.id.not_in",
                "            WebhookEndpoint.id.not_in",
            ),
            Change(
                _SENDING,
                ".where(WebhookEndpoint.is_enabled, WebhookEndpoint.id.not_in",
                ".where(WebhookEndpoint.id.not_in",
            ),
        ),
    ),
    mutant(
        "a disabled webhook is told of changes",
        _FOLDER + "recording.py",
        ").where(WebhookEndpoint.is_enabled)\n",
        ")\n",
        "webhooks",
    ),
    mutant(
        "the address of a webhook is not checked",
        _FOLDER + "attempts.py",
        "            cut=True,\n",
        "            cut=True,\n            trusted=True,\n",
        "webhooks",
    ),
    mutant(
        "the URL of a webhook is not checked when it is changed",
        _ACTIONS,
        '        _check_url(changes["url"])\n',
        '        str(changes["url"])\n',
        "webhooks",
    ),
    mutant(
        "the cookies of a receiver are in the log",
        _FOLDER + "attempts.py",
        "if name not in _NOT_LOGGED]",
        "if name]",
        "webhooks",
    ),
    Mutant(
        "the secrets of webhooks are in the database in clear",
        ("webhooks",),
        (
            Change(
                _FOLDER + "secrets.py", "return encrypt(secret.encode(), _PURPOSE)", "return secret.encode()"
            ),
            Change(_FOLDER + "secrets.py", "decrypt(encrypted, _PURPOSE).decode()", "encrypted.decode()"),
        ),
    ),
    Mutant(
        "the list of webhooks shows their secrets",
        ("webhooks",),
        (
            Change(
                _FOLDER + "queries.py",
                "    version: int\n\n    @property\n",
                "    version: int\n    secret: bytes\n\n    @property\n",
            ),
            Change(
                _FOLDER + "delivery_schemas.py",
                '        **WEBHOOK_FIELDS,\n        "last_delivery"',
                '        **WEBHOOK_FIELDS,\n        "secret": fields.String,\n        "last_delivery"',
            ),
        ),
    ),
    mutant(
        "a secret is shown to whoever has logged in long ago",
        _ACTIONS,
        "    require_step_up(caller)\n    endpoint = _lock(webhook_id)\n",
        "    endpoint = _lock(webhook_id)\n",
        "webhooks",
    ),
    mutant(
        "a receiver that is gone is sent to again",
        _FOLDER + "attempts.py",
        "GONE = 410\n",
        "GONE = 419\n",
        "webhooks",
    ),
    mutant(
        "a message whose worker was killed is lost",
        _FOLDER + "outcomes.py",
        'connection.execute(of_lost.values(last_status=None, last_error="INTERRUPTED"))',
        'connection.execute(of_lost.values(state=DeliveryState.FAILED, last_error="INTERRUPTED"))',
        "webhooks",
    ),
    mutant(
        "a webhook is told of posts that its filter excludes",
        _FOLDER + "recording.py",
        "        if slugs.isdisjoint(listener.tags):\n",
        "        if not slugs.isdisjoint(listener.tags) and False:\n",
        "webhooks",
    ),
)
