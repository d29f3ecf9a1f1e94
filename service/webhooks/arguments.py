"""Query parameters of the log of a webhook."""

from __future__ import annotations

from service.contract.types import string
from service.core.cursor_pagination import cursor_arguments
from service.core.pagination import pagination_arguments
from service.models.webhooks import EVENT_NAME_MAX, DeliveryState
from service.webhooks.queries import PING

list_arguments = pagination_arguments.copy()
for argument in cursor_arguments.args:
    list_arguments.add_argument(argument)
list_arguments.add_argument(
    "state", type=DeliveryState, location="args", help="Return only deliveries in this state."
)
list_arguments.add_argument(
    "event",
    type=string(min_length=1, max_length=EVENT_NAME_MAX, pattern=r"^[a-z_]+(\.[a-z_]+)?$"),
    location="args",
    help=f"Return only deliveries of this event, or of `{PING}`.",
)
