"""The harness compares like with like: every contender answers every kind of request with equal bodies."""

import os
from contextlib import ExitStack

import pytest

from benchmarks.contenders import CONTENDERS, ENVIRONMENT, LOCK, PRODUCT, install_peers, served
from benchmarks.load import load, own_client
from benchmarks.publication import publication
from benchmarks.scenarios import SCENARIOS, Request, ask, check, with_own_tags
from tests.postgresql import NotAvailable

POSTS = 60


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    with ExitStack() as stack:
        try:
            yield stack.enter_context(publication(folder, POSTS))
        except NotAvailable as error:
            reason = f"NOT TESTED: {error}"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture(scope="module")
def product(data, tmp_path_factory):
    contender = next(found for found in CONTENDERS if found.name == PRODUCT)
    with served(contender, data, tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_service_answers_what_is_measured(scenario, data, product):
    check(scenario, scenario.requests(data), {PRODUCT: product.port})


def test_a_list_goes_on_behind_its_cursor(data, product):
    listed = next(found for found in SCENARIOS if found.name == "list").requests(data)[0]
    answer = ask(product.port, listed)
    assert [post["id"] for post in answer.body] == [str(post_id) for post_id, _ in data.posts[1:21]]
    assert all(len(post["tags"]) == 3 for post in answer.body)


def test_a_page_tells_the_total(data, product):
    page = next(found for found in SCENARIOS if found.name == "page").requests(data)[0]
    assert ask(product.port, page).total == str(POSTS)


@pytest.mark.parametrize("client", [load, own_client])
def test_clients_count_every_answer_and_every_refusal(client, data, product, tmp_path):
    (post, _) = data.posts[0]
    good = client(product.port, [Request(f"/api/posts/{post}")], 1, tmp_path)
    assert good.requests > 0
    assert good.failed == 0
    assert 0 < good.p50_ms <= good.p99_ms
    mixed = client(product.port, [Request(f"/api/posts/{post}"), Request("/api/nothing")], 1, tmp_path)
    assert abs(mixed.failed - mixed.requests / 2) <= 16


def test_conditional_requests_carry_the_contenders_own_tag(data, product):
    requests = next(found for found in SCENARIOS if found.name == "304").requests(data)
    sent = with_own_tags(requests, product.port)
    assert ask(product.port, sent[-1]).status == 304
    assert ask(product.port, requests[-1]).status == 200


@pytest.fixture
def peers():
    """Have the peers installed: in CI, or where `make bench` has done so; skip loudly elsewhere."""
    if os.environ.get("CI") == "true":
        install_peers()
    elif not (ENVIRONMENT / ".lock").exists():
        pytest.skip(f"NOT TESTED: make bench installs {LOCK.name} of the peers first")


@pytest.mark.usefixtures("peers")
def test_all_contenders_answer_alike(data, tmp_path):
    with ExitStack() as stack:
        running = [stack.enter_context(served(contender, data, tmp_path)) for contender in CONTENDERS]
        ports = {one.contender.name: one.port for one in running}
        for scenario in SCENARIOS:
            check(scenario, scenario.requests(data), ports)
