"""Records which declared responses, headers and messages to webhooks the tests of this run observed."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from service.contract.checks.conformance import ObservedResponse
from service.contract.problems import PROBLEM_JSON

# `createPost`, then the status with its media type and code, or with the name of a header: one thing to be seen. Of a
# webhook (`onPostPublished`) it is the message.
Fact = tuple[str, str]
Tests = Mapping[Fact, set[str]]
MESSAGE = "message"


class ObservedFacts:
    """Collects facts while tests run. A test is named without its parameters: those change with every new case."""

    def __init__(self) -> None:
        self.tests: dict[Fact, set[str]] = defaultdict(set)

    def add(self, observed: ObservedResponse) -> None:
        test = _current_test()
        for fact in facts_from_response(observed):
            self.tests[fact].add(test)

    def add_message(self, operation_id: str) -> None:
        """Add the message of a webhook, which was held to the document."""
        self.tests[operation_id, MESSAGE].add(_current_test())


OBSERVED = ObservedFacts()


def facts_from_response(observed: ObservedResponse) -> Iterator[Fact]:
    """Return what one answer shows: itself, and each declared header that it had."""
    parts = [observed.status, observed.media_type, observed.code]
    yield observed.operation_id, " ".join(part for part in parts if part)
    for header in observed.headers:
        yield observed.operation_id, f"{observed.status} {header}:"


def declared_facts(document: Mapping[str, Any]) -> set[Fact]:
    """Return everything that the document says can happen: answers with codes, headers, and messages."""
    schemas = document["components"]["schemas"]
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    answers = {
        (operation["operationId"], fact)
        for operation in operations
        for status, response in operation["responses"].items()
        for fact in _declared(status, response, schemas)
    }
    return answers | {
        (item["post"]["operationId"], MESSAGE) for item in document.get("webhooks", {}).values()
    }


def _declared(status: str, response: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    for header in response.get("headers", {}):
        yield f"{status} {header}:"
    if "content" not in response:
        yield status
    for media_type, media in response.get("content", {}).items():
        if media_type != PROBLEM_JSON:
            yield f"{status} {media_type}"
            continue
        for part in media["schema"].get("oneOf", [media["schema"]]):
            code = schemas[part["$ref"].rsplit("/", 1)[1]]["properties"]["code"]["const"]
            yield f"{status} {media_type} {code}"


def _current_test() -> str:
    """Return the test that runs: `tests/posts/test_routes.py::TestPublish::test_twice`."""
    return re.sub(r"\[.*| \(\w+\)$", "", os.environ.get("PYTEST_CURRENT_TEST", "outside a test"))
