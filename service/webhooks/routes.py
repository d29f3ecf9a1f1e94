"""Routes /api/webhooks*; logic is in actions and queries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.contract import (
    Link,
    Resource,
    accepts_idempotency_key,
    accepts_if_match,
    authenticated,
    body_optional,
    conditional_get,
    if_match,
    openapi_links,
    parameters,
    payload,
    raises,
    response_example,
    response_headers,
)
from service.contract.types import INT64_MAX
from service.core.cursor_pagination import PAGINATION_HEADERS, pagination_headers, requested_page
from service.core.identity import current_user
from service.core.permissions import can_manage_webhooks
from service.core.step_up import StepUpRequired
from service.models.webhooks import DeliveryState
from service.webhooks import actions, queries
from service.webhooks.arguments import list_arguments
from service.webhooks.delivery_schemas import delivery_details_output, delivery_output, listed_output
from service.webhooks.examples import DELIVERY_EXAMPLE, MESSAGE_EXAMPLE, PING_EXAMPLE, WEBHOOK_EXAMPLE
from service.webhooks.schemas import (
    OVERLAP_HOURS,
    changes_input,
    created_output,
    event_type_output,
    ns,
    rotation_input,
    secret_output,
    webhook_input,
    webhook_output,
)

OF_WEBHOOK = {"webhook_id": {"description": "ID of the webhook.", "example": WEBHOOK_EXAMPLE}}
OF_DELIVERY = {
    **OF_WEBHOOK,
    "delivery_id": {"description": "ID of the delivery.", "example": DELIVERY_EXAMPLE},
}
NO_STORE = {
    "Cache-Control": {
        "description": "`no-store`: the response has a secret.",
        "required": True,
        "schema": {"type": "string", "const": "no-store"},
    }
}
_THE_WEBHOOK = {"webhook_id": "$response.body#/id"}
_GET = Link("getWebhook", "Get the webhook.", _THE_WEBHOOK)
_CHANGE = (
    Link("updateWebhook", "Change the webhook.", _THE_WEBHOOK),
    Link("deleteWebhook", "Delete the webhook.", _THE_WEBHOOK),
    Link("rotateWebhookSecret", "Give it a new secret.", _THE_WEBHOOK),
    Link("pingWebhook", "Send a test message.", _THE_WEBHOOK),
    Link("listWebhookDeliveries", "See what was sent.", _THE_WEBHOOK),
)
_THE_DELIVERY = {"webhook_id": "$response.body#/webhook_id", "delivery_id": "$response.body#/id"}
_GET_DELIVERY = Link("getWebhookDelivery", "See how the delivery goes.", _THE_DELIVERY)
_REDELIVER = Link("redeliverWebhook", "Send it again.", _THE_DELIVERY)
_PINGED: dict[str, Any] = {
    "event": "ping",
    "ordering_key": f"ping:{MESSAGE_EXAMPLE}",
    "request_body": PING_EXAMPLE,
    "state": "waiting",
    "attempts": 0,
    "due_at": "2026-11-29T20:12:00Z",
    "finished_at": None,
    "last_status": None,
    "log": [],
}


def _accepted(delivery: queries.DeliveryDetails) -> tuple[Any, int, dict[str, str]]:
    """Return the response of a message that is on its way."""
    location = f"/api/webhooks/{delivery.delivery.endpoint_id}/deliveries/{delivery.delivery.id}"
    return delivery, 202, {"Location": location}


@ns.route("")
class Webhooks(Resource):
    """The collection of webhooks."""

    @ns.doc(id="listWebhooks")
    @ns.marshal_list_with(listed_output, description="All webhooks")
    @openapi_links(Link("getWebhook", "Get the first webhook.", {"webhook_id": "$response.body#/0/id"}))
    @authenticated(permission=can_manage_webhooks, scope="webhooks:read")
    def get(self) -> Any:
        """List webhooks, oldest first (admins), each with its newest delivery. There are 20 at most."""
        return queries.list_webhooks()

    @ns.doc(id="createWebhook")
    @ns.expect(webhook_input)
    @ns.marshal_with(created_output, code=201, description="The webhook, with its secret")
    @openapi_links(_GET, *_CHANGE)
    @response_headers(NO_STORE)
    @raises(StepUpRequired, actions.WebhookUrlRefused, actions.TooManyWebhooks)
    @authenticated(permission=can_manage_webhooks)
    def post(self) -> Any:
        """Create a webhook: a URL that is told of changes (admins). The secret is shown this once.

        Needs a login or step-up a short time ago. Messages are signed as
        [Standard Webhooks](https://www.standardwebhooks.com) has it, and sent at least once, those about one object in
        order. Whatever is not answered with 2xx within 10 seconds is repeated for about 24 hours.
        """
        webhook = actions.create_webhook(current_user(), **payload())
        headers = {"Cache-Control": "no-store", "Location": f"/api/webhooks/{webhook.webhook.id}"}
        return webhook, 201, headers


@ns.route("/event-types")
class EventTypes(Resource):
    """The events that webhooks can choose."""

    @ns.doc(id="listEventTypes")
    @ns.marshal_list_with(event_type_output, description="All events")
    @authenticated(permission=can_manage_webhooks, scope="webhooks:read")
    def get(self) -> Any:
        """List the events that webhooks are told of (admins). The document has the form of their messages."""
        return queries.list_event_types()


@ns.route("/<uuid:webhook_id>")
@ns.doc(params=OF_WEBHOOK)
class OneWebhook(Resource):
    """A webhook."""

    @ns.doc(id="getWebhook")
    @ns.marshal_with(webhook_output, description="The webhook")
    @openapi_links(*_CHANGE)
    @conditional_get
    @authenticated(permission=can_manage_webhooks, scope="webhooks:read")
    def get(self, webhook_id: UUID) -> Any:
        """Get a webhook (admins). Its secret is not shown again."""
        return queries.get_webhook(webhook_id)

    @ns.doc(id="updateWebhook")
    @ns.expect(changes_input)
    @ns.marshal_with(webhook_output, description="The changed webhook")
    @openapi_links(_GET, *_CHANGE)
    @accepts_if_match
    @raises(actions.WebhookUrlRefused)
    @authenticated(permission=can_manage_webhooks, scope="webhooks:write")
    def patch(self, webhook_id: UUID) -> Any:
        """Change a webhook, enable or disable it (admins). Omitted fields do not change.

        Messages that wait are sent to the new URL. When it is enabled again, they are sent at once.
        """
        return actions.update_webhook(webhook_id, if_match(), **payload())

    @ns.doc(id="deleteWebhook")
    @ns.response(204, "The webhook was deleted")
    @accepts_if_match
    @authenticated(permission=can_manage_webhooks, scope="webhooks:write")
    def delete(self, webhook_id: UUID) -> Any:
        """Delete a webhook and its log (admins). What waits for it is not sent any more."""
        actions.delete_webhook(webhook_id, if_match())
        return None, 204


@ns.route("/<uuid:webhook_id>/secret")
@ns.doc(params=OF_WEBHOOK)
class Secret(Resource):
    """The secret of a webhook."""

    # Sent twice, it would void the secret that the receiver has.
    @accepts_idempotency_key
    @ns.doc(id="rotateWebhookSecret")
    @ns.expect(rotation_input)
    @body_optional
    @ns.marshal_with(secret_output, description="The new secret")
    @response_headers(NO_STORE)
    @raises(StepUpRequired)
    @authenticated(permission=can_manage_webhooks)
    def post(self, webhook_id: UUID) -> Any:
        """Give a webhook a new secret (admins), which is shown this once. For 24 hours both secrets sign.

        Needs a login or step-up a short time ago. While both sign, the header `webhook-signature` has two signatures;
        one that the receiver can verify suffices. A secret before the previous one is void at once.
        """
        overlap_hours = payload().get("overlap_hours", OVERLAP_HOURS)
        secret = actions.rotate_secret(current_user(), webhook_id, overlap_hours=overlap_hours)
        return secret, 200, {"Cache-Control": "no-store"}


@ns.route("/<uuid:webhook_id>/ping")
@ns.doc(params=OF_WEBHOOK)
class Ping(Resource):
    """A test message to a webhook."""

    @ns.doc(id="pingWebhook")
    @ns.marshal_with(delivery_details_output, code=202, description="The delivery, which is on its way")
    @response_example(**_PINGED)
    @openapi_links(_GET_DELIVERY, _REDELIVER)
    @raises(actions.WebhookDisabled)
    @authenticated(permission=can_manage_webhooks, scope="webhooks:write")
    def post(self, webhook_id: UUID) -> Any:
        """Send a test message, `ping`, to a webhook (admins), whatever events it has chosen."""
        return _accepted(actions.ping_webhook(webhook_id))


@ns.route("/<uuid:webhook_id>/deliveries")
@ns.doc(params=OF_WEBHOOK)
class Deliveries(Resource):
    """The log of a webhook."""

    @ns.doc(id="listWebhookDeliveries")
    @ns.expect(list_arguments)
    @ns.marshal_list_with(delivery_output, description="A page of deliveries")
    @openapi_links(
        Link(
            "getWebhookDelivery",
            "Get the newest delivery.",
            {"webhook_id": "$response.body#/0/webhook_id", "delivery_id": "$response.body#/0/id"},
        )
    )
    @response_headers(PAGINATION_HEADERS)
    @authenticated(permission=can_manage_webhooks, scope="webhooks:read")
    def get(self, webhook_id: UUID) -> Any:
        """List what was and is to be sent to a webhook, newest first (admins). Kept for `WEBHOOK_RETENTION_DAYS`."""
        arguments = parameters()
        filters = queries.DeliveryFilters(
            None if arguments.state is None else DeliveryState(arguments.state), arguments.event
        )
        page = requested_page(arguments, max_id=INT64_MAX)
        deliveries = queries.list_deliveries(webhook_id, filters, page)
        return deliveries.items, 200, pagination_headers(deliveries)


@ns.route("/<uuid:webhook_id>/deliveries/<int(min=1):delivery_id>")
@ns.doc(params=OF_DELIVERY)
class OneDelivery(Resource):
    """A delivery."""

    @ns.doc(id="getWebhookDelivery")
    @ns.marshal_with(delivery_details_output, description="The delivery")
    @openapi_links(_REDELIVER)
    @authenticated(permission=can_manage_webhooks, scope="webhooks:read")
    def get(self, webhook_id: UUID, delivery_id: int) -> Any:
        """Get a delivery with its message and all attempts: requests, responses and errors (admins)."""
        return queries.get_delivery(webhook_id, delivery_id)


@ns.route("/<uuid:webhook_id>/deliveries/<int(min=1):delivery_id>/redeliver")
@ns.doc(params=OF_DELIVERY)
class Redelivery(Resource):
    """Another delivery of the same message."""

    @ns.doc(id="redeliverWebhook")
    @ns.marshal_with(delivery_details_output, code=202, description="The delivery, which is on its way")
    @response_example(state="waiting", attempts=0, due_at="2026-11-29T20:15:00Z", finished_at=None)
    @openapi_links(_GET_DELIVERY)
    @raises(actions.WebhookDisabled)
    @authenticated(permission=can_manage_webhooks, scope="webhooks:write")
    def post(self, webhook_id: UUID, delivery_id: int) -> Any:
        """Send a message again, with the same `webhook-id`, or at once if it waits (admins)."""
        return _accepted(actions.redeliver(webhook_id, delivery_id))
