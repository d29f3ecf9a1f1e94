from pathlib import Path

import pytest

from service.events.schemas import DATA_FIELDS, ns
from service.models.events import EVENTS
from service.reactions import REACTIONS
from service.worker import TASK_MODULES
from tests.architecture.events import emission_violations, emissions
from tests.architecture.sample_tree import plant
from tests.architecture.source import modules

ROOT = Path(__file__).parents[2]


def test_this_service_emits_what_is_declared():
    assert emission_violations(ROOT) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("emit('post.lost', post_id=1)", "post.lost is not declared"),
        ("emit('user.created')", "user.created has the values user_id"),
        ("events.emit('user.created', user_id=1, email='a@b')", "user.created has the values user_id"),
        ("emit('user.created', **payload)", "user.created has the values user_id"),
        ("emit(name, user_id=1)", "as a literal"),
        ("emit()", "as a literal"),
    ],
)
def test_another_emission_is_found(code, said, tmp_path):
    (found,) = emission_violations(plant(tmp_path, {"service/posts/publishing.py": code}))

    assert found.startswith("service/posts/publishing.py:1: ")
    assert said in found


def test_each_event_has_a_name_and_a_sentence():
    for name, event in EVENTS.items():
        assert event.name == name
        assert event.description.endswith(".")


def test_each_event_says_which_object_it_is_about():
    for event in EVENTS.values():
        values = dict.fromkeys(event.payload, 7)
        kind = event.name.partition(".")[0]
        assert event.subject_of(values) == (kind if event.subject is None else f"{kind}:7")
        assert event.subject in {None, *event.payload}


def test_outsiders_hear_of_each_public_event_and_of_no_other():
    assert set(DATA_FIELDS) == {event.name for event in EVENTS.values() if event.is_public}
    assert {webhook.name for webhook in ns.webhooks} == {*DATA_FIELDS, "ping"}


def test_workers_know_every_task_that_reacts():
    assert {task.run.__module__ for tasks in REACTIONS.values() for task in tasks} <= set(TASK_MODULES)


def test_every_declared_event_is_emitted():
    emitted = {call.args[0].value for module in modules(ROOT) for call in emissions(module) if call.args}
    assert emitted == set(EVENTS)
