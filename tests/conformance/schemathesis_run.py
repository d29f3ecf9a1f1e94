"""One contract run with Schemathesis: its database, server, settings and verdict.

All checks, all phases, every operation, two peers and an administrator, no baseline; a warning is a failure.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from service.app import create_app
from service.config import Settings, load_settings
from service.config.settings import variable_of
from service.contract import Api
from service.core.identity import Identity
from service.core.signing_keys import create_key
from tests import servers
from tests.conformance.seed import ALICE, IDENTITIES, PEERS, Account, Examples, parameters_of, seed_again
from tests.conformance.seed import seed as fill

HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
TIMEOUT_S = 3600.0
WALK_SCENARIOS = 1000  # in one beginning; more than there ever are
# Schemathesis begins a walk again only under a limit of time. This one is never reached: the hooks end it by its steps.
WALK_TIME_LIMIT_S = int(TIMEOUT_S)

# Schemathesis's own lists and one status more in each, the only two deltas: a missing If-Match is 428
# (RFC 6585, 3), a stale one is 412 (RFC 9110, 15.5.13).
MISSING_HEADER = ["400", "401", "403", "406", "415", "422", "428"]
ACCEPTANCE = ["2xx", "3xx", "401", "403", "404", "409", "412", "429", "5xx"]

SETTINGS = """\
seed = {seed}
hooks = {hooks}
continue-on-failure = true
request-timeout = 60  # gunicorn gives up earlier; a busy machine is no failure
workers = 1  # Python 3.11 trips over Hypothesis in threads

[generation]
max-examples = {examples}
database = "none"

[auth.wfc]
path = {users}
peers = {peers}

[checks]
enabled = true
missing_required_header.expected-statuses = {missing_header}
positive_data_acceptance.expected-statuses = {acceptance}

[warnings]
fail-on = true

[output.sanitization]
enabled = false

[phases]
"""

ALL_PHASES = """\
examples.enabled = true
coverage.enabled = true
fuzzing.enabled = true
# The schema alone says what is valid: what the words of our errors seem to say must not change that.
fuzzing.error-feedback.enabled = false
stateful.enabled = true
"""

# The stateful phase alone. Among all phases it ends after few scenarios: Hypothesis repeats the beginning of one, gets
# another answer, because the database is another by then, and gives up (FlakyStrategyDefinition), which Schemathesis
# does not report. With a limit it begins again until that is reached. Six steps are hardly more than the calls that a
# scenario can begin with. Calibration gives up links that were refused with reason: most changes of state are, from
# most states. Links guessed from names would take most of the time; those that the document declares are to be walked.
WALK = """\
examples.enabled = false
coverage.enabled = false
fuzzing.enabled = false
stateful.enabled = true
stateful.max-steps = 100
stateful.link-calibration = false
stateful.inference.algorithms = []
"""

# Half of the values of a parameter that has an example are the example: what it names is always there.
PREFERRED = """
[dictionaries.example_{number}]
values = [{example}]
[parameters."{place}.{name}"]
dictionary = "example_{number}"
probability = 0.5
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A service to be tested: where it is reached, its database and log, the document it ought to serve.

    `certificate` is trusted when there is one. `administered` is what an administrator is to try.
    """

    url: str
    certificate: Path | None
    server: servers.Server
    settings: Settings
    document: Mapping[str, Any]
    administered: Sequence[str]

    @property
    def operations(self) -> int:
        return sum(len(item) for item in self.document["paths"].values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Schemathesis came to when it was started once: its exit status, its report and all that it printed."""

    exit_code: int
    report: Mapping[str, Any]
    output: str

    @property
    def complaints(self) -> list[str]:
        """Return everything that failed, went wrong, or was warned of."""
        report = self.report
        found = [
            f"{group['title']}, {group['count']} times: {group['operations']}" for group in report["failures"]
        ]
        found += [f"error: {group['title']}, {group['count']} times" for group in report["errors"]]
        found += [
            f"warning: {name}: {operations}" for name, operations in report["warnings"].items() if operations
        ]
        if self.exit_code and not found:
            found.append(f"Schemathesis ended with {self.exit_code}")
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to: all phases on all operations, then a walk along the links of the document."""

    phases: Outcome
    walk: Outcome
    operations: int
    links: frozenset[str]
    walked: frozenset[str]

    @property
    def cases(self) -> int:
        return self._sum("test_cases", "generated")

    @property
    def failures(self) -> int:
        return self._sum("test_cases", "unique_failures")

    @property
    def tested(self) -> int:
        return self.phases.report["operations"]["tested"]

    @property
    def seconds(self) -> float:
        return self.phases.report["running_time"] + self.walk.report["running_time"]

    @property
    def complaints(self) -> list[str]:
        """Return everything that keeps the run from being clean."""
        report = self.phases.report
        found = [*self.phases.complaints, *(f"on the walk: {each}" for each in self.walk.complaints)]
        if report["operations"]["tested"] != self.operations or report["filtered"]:
            found.append(f"not all {self.operations} operations were tested: {report['operations']}")
        found += [
            f"the phase {name} was not run: {phase['skip_reason']}"
            for name, phase in report["phases"].items()
            if phase["status"] not in {"success", "failure"}
        ]
        return found

    def explain(self) -> str:
        """Return every failing case with the command that repeats it, and the complaints in one list."""
        failures = [
            outcome.output[max(0, outcome.output.find("FAILURES")) :][-30_000:]
            for outcome in (self.phases, self.walk)
            if outcome.complaints
        ]
        return "\n".join([*failures, "Not clean:", *self.complaints])

    def _sum(self, part: str, name: str) -> int:
        return self.phases.report[part][name] + self.walk.report[part][name]


@contextlib.contextmanager
def target(database_url: str, folder: Path, *, through: str = "direct") -> Iterator[Target]:
    """Migrate and fill an empty database, and serve it as in production, but for limits that nobody reaches.

    `through` "nginx" puts nginx before it, with the settings of deploy/.
    """
    settings = load_settings("testing", {"DATABASE_URL": database_url, "VAR_DIR": str(folder / "var")})
    api = create_app(settings).extensions["api"]
    servers.migrate(database_url, folder)
    create_key(settings.jwt_keys_dir)
    fill(settings, api.document)
    limits = [field for field in dataclasses.fields(Settings) if field.name.startswith("rate_limit_")]
    environment = {
        "FLASK_ENV": "production",
        "PUBLIC_URL": "http://127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "LOGIN_FAILURES": "1000000",
        "API_KEY_MAX_DAYS": "3650",  # as many as the document allows
        "JOB_STREAM_S": "1",  # no worker runs: a stream of a waiting job would be silent until its end
        **{variable_of(field).name: "1000000 per minute" for field in limits},
    }
    if through == "nginx":
        environment |= {"PUBLIC_URL": "https://127.0.0.1", "TRUSTED_PROXIES": "1"}
    with contextlib.ExitStack() as running:
        server = running.enter_context(servers.gunicorn(folder, database_url=database_url, env=environment))
        url, certificate = server.url, None
        if through == "nginx":
            front = servers.nginx(folder / "nginx", server.port, name="127.0.0.1")
            url, certificate = running.enter_context(front)[1].url, folder / "nginx" / "fullchain.pem"
        yield Target(
            url,
            certificate,
            server,
            settings,
            api.document,
            _administered(api),
        )


def _administered(api: Api) -> list[str]:
    """Return the operations that refuse an author, and those on accounts, where an author has but its own.

    So does the publication of a post with a time, which nearly all generated bodies have.
    """
    author = Identity(ALICE.id, ALICE.name, ALICE.role, uuid4(), "", 1)
    refused = [
        each.name for each in api.operations if not all(may(author) for may in each.declared.permissions)
    ]
    accounts = [f"{method} /api/users/{{user_id}}" for method in ("PUT", "PATCH", "DELETE")]
    avatars = [f"{method} /api/users/{{user_id}}/avatar" for method in ("PUT", "DELETE")]
    return [*refused, *accounts, *avatars, "POST /api/posts/{post_id}/publish"]


def run(tested: Target, folder: Path, *, seed: int, examples: int, steps: int) -> Verdict:
    """Let Schemathesis loose on a server, then walk `steps` calls along its links; all reports stay in `folder`.

    The walk begins with what was seeded: the phases leave little of that, and then most links lead to nothing.
    """
    phases = _start(tested, folder / "phases", ALL_PHASES, seed=seed, examples=examples)
    seed_again(tested.settings, tested.document)
    walk = _start(tested, folder / "walk", WALK, seed=seed, examples=WALK_SCENARIOS, steps=steps)
    walked = followed(folder / "walk" / "events.ndjson")
    links = links_of(tested.document)
    return Verdict(phases, walk, tested.operations, links, links & walked)


def _start(
    tested: Target, folder: Path, phases: str, *, seed: int, examples: int, steps: int | None = None
) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    given = Examples.of(tested.document)
    users, settings, report = folder / "users.json", folder / "schemathesis.toml", folder / "report.json"
    users.write_text(json.dumps({"auth": [_user(account, given.password) for account in IDENTITIES]}))
    settings.write_text(_settings(seed, examples, users) + phases + _preferred(tested.document))
    environment = {name: os.environ[name] for name in servers.INHERITED if name in os.environ} | {
        "PYTHONPATH": str(servers.ROOT),
        "CONFORMANCE_URL": tested.url,
        # As PUBLIC_URL says: what passkeys are for.
        "CONFORMANCE_SITE": f"{'https' if tested.certificate else 'http'}://127.0.0.1",
        "CONFORMANCE_DATABASE_URL": tested.settings.database_url,
        "CONFORMANCE_VAR_DIR": str(tested.settings.var_dir),
        "CONFORMANCE_ADMINISTERED": json.dumps(tested.administered),
        "COLUMNS": "120",
    }
    if tested.certificate is not None:
        environment["REQUESTS_CA_BUNDLE"] = str(tested.certificate)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run", "--no-color"]
    command += [f"{tested.url}/openapi.json", "--report", "json,ndjson", "--report-json-path", str(report)]
    command += ["--report-ndjson-path", str(folder / "events.ndjson")]
    if steps is not None:
        environment["CONFORMANCE_STEPS"] = str(steps)
        command += ["--max-time", str(WALK_TIME_LIMIT_S)]
    finished = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        timeout=TIMEOUT_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    (folder / "output.txt").write_text(finished.stdout)
    assert report.exists(), finished.stdout[-8000:]
    return Outcome(finished.returncode, json.loads(report.read_text()), finished.stdout)


def _settings(seed: int, examples: int, users: Path) -> str:
    return SETTINGS.format(
        seed=seed,
        examples=examples,
        hooks=json.dumps(str(HOOKS)),
        users=json.dumps(str(users)),
        peers=json.dumps([account.name for account in PEERS]),
        missing_header=json.dumps(MISSING_HEADER),
        acceptance=json.dumps(ACCEPTANCE),
    )


def links_of(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the links that a document declares, as Schemathesis calls them."""
    labels = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    return frozenset(
        f"{labels[operation['operationId']]} -> [{status}] {name} -> {labels[link['operationId']]}"
        for item in document["paths"].values()
        for operation in item.values()
        for status, response in operation["responses"].items()
        for name, link in response.get("links", {}).items()
    )


def followed(events: Path) -> frozenset[str]:
    """Return the links whose values were sent on, with an answer that is no error."""
    found = set()
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for case_id, case in recorder.get("cases", {}).items():
                answer = recorder.get("interactions", {}).get(case_id, {}).get("response")
                if case["is_transition_applied"] and answer and answer["status_code"] < 400:
                    found.add(case["transition"]["id"])
    return frozenset(found)


def _preferred(document: Mapping[str, Any]) -> str:
    examples = {
        (parameter["in"], parameter["name"]): json.dumps(parameter["example"])
        for parameter in parameters_of(document)
        if "example" in parameter and (parameter["in"] == "path" or parameter["name"] == "If-Match")
    }
    # Only these secrets open a link: any other is answered with 404.
    found = Examples.of(document)
    examples["body", "secret"] = ", ".join(map(json.dumps, found.secrets))
    # So does the image of the examples: any other is answered with 409.
    for name in ("cover_id", "card_id"):
        examples["body", name] = json.dumps(found.parameters["media_id"])
    return "".join(
        PREFERRED.format(number=number, place=place, name=name, example=example)
        for number, ((place, name), example) in enumerate(examples.items())
    )


def _user(account: Account, password: str) -> dict[str, Any]:
    """Return how Schemathesis logs an account in (the format is of Web Fuzzing Commons)."""
    return {
        "name": account.name,
        "loginEndpointAuth": {
            "endpoint": "/api/auth/login",
            "verb": "POST",
            "payloadRaw": json.dumps({"email": account.email, "password": password}),
            "contentType": "application/json",
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }
