"""Declarations of tasks, and the delays between attempts."""

import pytest

from service.core.jobs import tasks
from service.core.jobs.tasks import backoff_s, task


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(tasks, "_tasks", {})


def nothing():
    pass


class TestTask:
    def test_two_with_one_name_are_refused(self):
        task("tests.one")(nothing)
        with pytest.raises(ValueError, match=r"two tasks are named tests\.one"):
            task("tests.one")(nothing)

    @pytest.mark.parametrize("given", [{"every_s": 60}, {"result": {"number": {"type": "integer"}}}])
    def test_whose_end_matters_is_kept(self, given):
        with pytest.raises(ValueError, match=r"tests\.one must be kept"):
            task("tests.one", kept=False, **given)

    def test_a_periodic_one_has_no_payload(self):
        with pytest.raises(ValueError, match=r"the periodic task tests\.one cannot have a payload"):
            task("tests.one", every_s=60, payload={"number": {"type": "integer"}})


class TestBackoff:
    def test_doubles_up_to_an_hour_and_is_spread(self):
        for attempts, middle_s in ((1, 4), (2, 8), (5, 64), (30, 3_600), (1_000, 3_600)):
            delays = [backoff_s(attempts) for _ in range(50)]
            assert middle_s * 0.5 <= min(delays) < max(delays) <= middle_s * 1.5
