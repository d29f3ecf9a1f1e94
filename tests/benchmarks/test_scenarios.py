"""What is not equal is never timed."""

import pytest

from benchmarks.scenarios import SCENARIOS, Answer, ResponsesDiffer, compare

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def answer(body, status=200, total=None, etag='"1"'):
    return Answer(status, total, body, etag)


def test_equal_bodies_pass_whatever_their_tags():
    compare(BY_NAME["post"], "/", {"a": answer({"id": 1, "etag": "x"}), "b": answer({"etag": "y", "id": 1})})


@pytest.mark.parametrize(
    ("scenario", "other"),
    [
        ("post", answer({"id": 1, "tags": [1, 3]})),
        ("post", answer({"id": 1})),
        ("post", answer({"id": 1, "tags": [1, 2], "more": None})),
        ("post", answer({"id": 2, "tags": [1, 2]})),
        ("post", answer({"id": 1, "tags": [1, 2]}, status=404)),
        ("page", answer({"id": 1, "tags": [1, 2]}, total="3")),
    ],
)
def test_a_difference_is_refused_and_named(scenario, other):
    with pytest.raises(ResponsesDiffer, match="b"):
        compare(BY_NAME[scenario], "/", {"a": answer({"id": 1, "tags": [1, 2]}), "b": other})


def test_both_wrong_is_refused_too():
    with pytest.raises(ResponsesDiffer, match="a answers / with 500"):
        compare(BY_NAME["post"], "/", {"a": answer(None, status=500), "b": answer(None, status=500)})


def test_only_what_is_new_with_each_comment_may_differ():
    first = {"id": 1, "created_at": "2026", "body": "x", "author": {"id": 7}}
    alike = {**first, "id": 2, "created_at": "2027"}
    compare(BY_NAME["comment"], "/", {"a": answer(first, 201), "b": answer(alike, 201)})
    with pytest.raises(ResponsesDiffer):
        compare(
            BY_NAME["comment"],
            "/",
            {"a": answer(first, 201), "b": answer({**alike, "author": {"id": 8}}, 201)},
        )


def test_the_same_list_in_another_order_is_another_list():
    with pytest.raises(ResponsesDiffer):
        compare(
            BY_NAME["list"], "/", {"a": answer([{"id": 1}, {"id": 2}]), "b": answer([{"id": 2}, {"id": 1}])}
        )
