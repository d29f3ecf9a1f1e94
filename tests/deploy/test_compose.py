"""deploy/compose.yaml against the Compose Specification, and against what the service and the image know."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys

import pytest
import yaml

from service.config import Settings, load_settings
from service.config.settings import variable_of
from tests.servers import ROOT

PATH = ROOT / "deploy" / "compose.yaml"
GIVEN = {"SERVER_NAME": "blog.example.org", "TLS_DIR": "/etc/colophon/tls", "POSTGRES_PASSWORD": "p" * 24}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


def interpolated(value: str) -> str:
    """What compose makes of `${NAME:-default}`, `${NAME:?message}` and `$$`."""
    filled = re.sub(
        r"(?<!\$)\$\{(\w+)(?::(-|\?)([^}]*))?\}",
        lambda found: GIVEN.get(found[1]) or (found[3] if found[2] == "-" else f"<no {found[1]}>"),
        value,
    )
    return filled.replace("$$", "$")


class TestSchema:
    def test_is_valid_by_the_compose_specification(self):
        command = [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(PATH),
        ]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr

    def test_the_check_sees_a_mistake(self, tmp_path):
        wrong = tmp_path / "compose.yaml"
        wrong.write_text(PATH.read_text().replace("healthcheck:", "health_check:", 1))
        command = [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(wrong),
        ]
        assert subprocess.run(command, capture_output=True, timeout=60).returncode != 0


class TestVariables:
    def test_no_secret_has_a_default(self):
        for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", PATH.read_text()):
            assert not (SECRET.search(name) and default), name

    def test_what_must_be_given_says_what(self):
        required = dict(re.findall(r"\$\{(\w+):\?([^}]*)\}", PATH.read_text()))
        assert set(required) == set(GIVEN)
        assert all(message.startswith("set it to ") for message in required.values())

    def test_no_variable_is_silently_empty(self):
        assert re.findall(r"(?<!\$)\$\{?\w+\}?(?!:)(?=[^:\w])", PATH.read_text().replace("$$", "")) == []

    def test_the_service_knows_each_of_its_variables_and_accepts_the_values(self, compose):
        environment = {
            name: interpolated(value) for name, value in compose["services"]["app"]["environment"].items()
        }
        known = {variable_of(field).name for field in dataclasses.fields(Settings)}
        assert set(environment) - known == {"FORWARDED_ALLOW_IPS"}  # gunicorn's own
        settings = load_settings("testing", environment)
        assert settings.database_url.startswith("postgresql+psycopg://colophon:pppp")
        assert settings.public_url == "https://blog.example.org"
        assert settings.trusted_proxies == 1

    def test_nginx_gets_every_value_its_settings_ask_for(self, compose):
        asked = set(re.findall(r"\$\{(\w+)\}", (ROOT / "deploy" / "nginx.conf").read_text()))
        environment = compose["services"]["nginx"]["environment"]
        own = {name for name in environment if name.startswith("NGINX_")}
        assert set(environment) - own == asked
        pattern = interpolated(environment["NGINX_ENVSUBST_FILTER"])
        assert all(re.fullmatch(pattern, name) for name in asked)


class TestServices:
    def test_are_the_five_and_two_for_workers_elsewhere(self, compose):
        optional = {name for name, service in compose["services"].items() if "profiles" in service}
        assert optional == {"redis", "flower"}
        assert set(compose["services"]) - optional == {"database", "migrate", "app", "worker", "nginx"}
        assert all(compose["services"][name]["profiles"] == ["celery"] for name in optional)
        assert compose["services"]["database"]["image"] == "postgres:16"

    def test_only_nginx_can_be_reached_and_only_through_it_the_rest(self, compose):
        published = {
            name: service["ports"] for name, service in compose["services"].items() if "ports" in service
        }
        assert set(published) == {"nginx", "flower"}
        assert all(port.startswith("127.0.0.1:") for port in published["flower"])
        assert compose["networks"]["inside"]["internal"] is True
        assert compose["services"]["database"]["networks"] == ["inside"]

    def test_start_in_the_order_of_their_needs(self, compose):
        needs = {name: service.get("depends_on", {}) for name, service in compose["services"].items()}
        conditions = {
            name: {on: need["condition"] for on, need in whom.items()} for name, whom in needs.items()
        }
        assert conditions == {
            "database": {},
            "migrate": {"database": "service_healthy"},
            "app": {"database": "service_healthy", "migrate": "service_completed_successfully"},
            "worker": {"database": "service_healthy", "migrate": "service_completed_successfully"},
            "redis": {},  # workers wait for it by themselves
            "flower": {},
            "nginx": {"app": "service_healthy"},
        }

    def test_what_runs_is_checked_and_restarted_and_what_migrates_is_not(self, compose):
        services = compose["services"]
        assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # the application's
        assert services["migrate"]["healthcheck"] == {"disable": True}
        assert services["migrate"]["restart"] == "no"
        for name in ("database", "nginx", "redis", "flower"):
            assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services["worker"]["healthcheck"] == {"disable": True}  # it listens on no port
        for name in ("database", "app", "worker", "nginx", "redis", "flower"):
            assert services[name]["restart"] == "unless-stopped"

    def test_the_application_has_no_rights_it_does_not_use(self, compose):
        for name in ("app", "worker", "migrate"):
            service = compose["services"][name]
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["volumes"] == ["data:/data"]

    def test_named_volumes_hold_what_must_last(self, compose):
        assert set(compose["volumes"]) == {"database", "data"}
