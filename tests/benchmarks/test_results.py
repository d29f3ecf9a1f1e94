"""What is reported: medians, ratios and what speaks against the service."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from benchmarks import results
from benchmarks.contenders import CONTENDERS, FASTAPI_ORM, PRODUCT, STOCK
from benchmarks.processes import cpu_s, tree
from benchmarks.results import Measurement, medians, report
from benchmarks.scenarios import SCENARIOS

LIST = [scenario for scenario in SCENARIOS if scenario.name == "list"]


def measurement(contender, server_us, per_second=1_000.0, failed=0):
    return Measurement("list", contender, per_second, server_us, 100.0, 5.0, 9.0, failed, 0.1)


@pytest.fixture
def text(monkeypatch):
    monkeypatch.setattr(results, "versions", lambda: {"fastapi": "1"})

    def of(**server_us):
        measured = [measurement(one.name, server_us.get(one.name, 4_000.0)) for one in CONTENDERS]
        return report(["here"], LIST, measured, SimpleNamespace(posts=1, rounds=1, seconds=1.0))

    return of


def test_medians_are_of_each_contender_and_failures_add_up():
    rounds = [
        measurement("a", 10),
        measurement("a", 30, failed=2),
        measurement("a", 20, failed=1),
        measurement("b", 5),
    ]
    found = medians(rounds, "list")
    assert (found["a"].server_us, found["a"].failed, found["b"].server_us) == (20, 3, 5)


def test_an_aim_is_reached_or_said_not_to_be(text):
    reached = text(**{PRODUCT: 800.0, STOCK: 4_000.0, FASTAPI_ORM: 3_000.0})
    assert f"5.00 times less CPU than {STOCK}; aim 5: reached" in reached
    assert f"3.75 times less CPU than {FASTAPI_ORM}; aim 4: **not reached**" in reached


def test_a_cheaper_peer_is_named(text):
    assert "bare WSGI takes 4.00 times less CPU than the service" in text(
        **{PRODUCT: 800.0, "bare WSGI": 200.0}
    )


def test_processor_time_is_of_the_whole_tree_ended_children_included():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    run_it = f"subprocess.run([sys.executable, '-c', {burn!r}])"
    parent = f"import subprocess, sys; {run_it}; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert process.pid in tree(os.getpid())
        assert cpu_s(process.pid) >= 0.3
        process.stdin.close()
