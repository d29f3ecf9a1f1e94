"""The table of reactions: the tasks that run after each event. Events are declared in `models.events`.

Each task gets what it declares of the event's payload, in a job that is added in the transaction of the change.
"""

from __future__ import annotations

from service.core.events import Reactions

REACTIONS: Reactions = {}
