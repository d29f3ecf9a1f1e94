"""The files for Docker Compose in deploy/ against its specification, and against what the code and the images know."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from service.config import Settings, load_settings
from service.config.settings import variable_of
from tests.servers import ROOT

PATH = ROOT / "deploy" / "compose.yaml"
WORKERS = ROOT / "deploy" / "compose.workers.yaml"
GIVEN = {
    "SERVER_NAME": "blog.example.org",
    "TLS_DIR": "/etc/colophon/tls",
    "POSTGRES_PASSWORD": "p" * 24,
    "REVALIDATE_SECRET": b64encode(b"r" * 32).decode(),
}
GIVEN_TO_WORKERS = {
    "DATABASE_URL": "postgresql://colophon:pppp@10.0.0.1/colophon",
    "JOB_BROKER_URL": "redis://:pppp@10.0.0.1:6379/0",
    "PUBLIC_URL": "https://blog.example.org",
}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workers():
    return yaml.safe_load(WORKERS.read_text(encoding="utf-8"))


def interpolated(value: str, given: Mapping[str, str] = GIVEN) -> str:
    """What compose makes of `${NAME:-default}`, `${NAME:?message}` and `$$`."""
    filled = re.sub(
        r"(?<!\$)\$\{(\w+)(?::(-|\?)([^}]*))?\}",
        lambda found: given.get(found[1]) or (found[3] if found[2] == "-" else f"<no {found[1]}>"),
        value,
    )
    return filled.replace("$$", "$")


def checked_by_the_specification(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


class TestSchema:
    @pytest.mark.parametrize("path", [PATH, WORKERS], ids=lambda path: path.name)
    def test_is_valid_by_the_compose_specification(self, path):
        result = checked_by_the_specification(path)
        assert result.returncode == 0, result.stdout + result.stderr

    @pytest.mark.parametrize("path", [PATH, WORKERS], ids=lambda path: path.name)
    def test_the_check_sees_a_mistake(self, path, tmp_path):
        wrong = tmp_path / "compose.yaml"
        wrong.write_text(path.read_text().replace("healthcheck:", "health_check:", 1))
        assert checked_by_the_specification(wrong).returncode != 0


class TestVariables:
    @pytest.mark.parametrize("path", [PATH, WORKERS], ids=lambda path: path.name)
    def test_no_secret_has_a_default(self, path):
        for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", path.read_text()):
            assert not (SECRET.search(name) and default), name

    @pytest.mark.parametrize("path", [PATH, WORKERS], ids=lambda path: path.name)
    def test_no_secret_is_in_the_file(self, path):
        for service in yaml.safe_load(path.read_text())["services"].values():
            for name, value in service.get("environment", {}).items():
                assert not SECRET.search(name) or name == "TLS_KEY" or value.startswith("${"), name

    @pytest.mark.parametrize(
        ("path", "given"), [(PATH, GIVEN), (WORKERS, GIVEN_TO_WORKERS)], ids=["all", "workers"]
    )
    def test_what_must_be_given_says_what(self, path, given):
        required = dict(re.findall(r"\$\{(\w+):\?([^}]*)\}", path.read_text()))
        assert set(required) == set(given)
        assert all(message.startswith("set it to ") for message in required.values())

    @pytest.mark.parametrize("path", [PATH, WORKERS], ids=lambda path: path.name)
    def test_no_variable_is_silently_empty(self, path):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        text = "\n".join(lines).replace("$$", "")
        assert re.findall(r"(?<!\$)\$\{?\w+\}?(?!:)(?=[^:\w])", text) == []

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

    def test_a_worker_elsewhere_has_known_variables_with_accepted_values(self, workers, compose):
        given = workers["services"]["worker"]["environment"]
        known = {variable_of(field).name for field in dataclasses.fields(Settings)}
        assert set(given) <= known
        environment = {name: interpolated(value, GIVEN_TO_WORKERS) for name, value in given.items()}
        settings = load_settings("testing", environment)
        assert (settings.job_engine, settings.job_broker_url) == (
            "celery",
            GIVEN_TO_WORKERS["JOB_BROKER_URL"],
        )
        assert settings.public_url == "https://blog.example.org"
        # What jobs on the server can be told, those elsewhere can be told, too; they answer no request.
        of_server = {"CORS_ORIGINS", "FORWARDED_ALLOW_IPS", "TRUSTED_PROXIES", "WEB_CONCURRENCY"}
        assert set(compose["services"]["worker"]["environment"]) - of_server <= set(given)

    def test_the_web_app_has_variables_that_it_reads(self, compose):
        environment = compose["services"]["web"]["environment"]
        rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "deploy" / "web.md").read_text(), re.MULTILINE)
        assert set(environment) <= set(rows)
        app = compose["services"]["app"]["environment"]
        assert interpolated(environment["JWT_ISSUER"]) == interpolated(app["PUBLIC_URL"])
        for name in ("REVALIDATE_SECRET", "SITE_TIME_ZONE"):
            assert environment[name] == app[name]

    def test_the_worker_makes_the_pages_of_the_web_app_fresh(self, compose):
        given = {
            name: interpolated(value) for name, value in compose["services"]["worker"]["environment"].items()
        }
        settings = load_settings("testing", given)
        (url,) = map(urlsplit, settings.revalidate_urls)
        assert settings.revalidate_secret == b"r" * 32
        assert url.hostname in compose["services"]
        assert f"PORT={url.port}\n" in image_of_the_web_app()
        assert (ROOT / "web" / "src" / "app" / url.path.lstrip("/") / "route.ts").exists()
        shared = set(compose["services"]["worker"]["networks"]) & set(compose["services"]["web"]["networks"])
        assert shared

    def test_nginx_gets_every_value_its_settings_ask_for(self, compose):
        asked = set(re.findall(r"\$\{(\w+)\}", (ROOT / "deploy" / "nginx.conf").read_text()))
        environment = compose["services"]["nginx"]["environment"]
        own = {name for name in environment if name.startswith("NGINX_")}
        assert set(environment) - own == asked
        assert interpolated(environment["UPSTREAM"]) == "web:3000"
        pattern = interpolated(environment["NGINX_ENVSUBST_FILTER"])
        assert all(re.fullmatch(pattern, name) for name in asked)


def image_of_the_web_app() -> str:
    return (ROOT / "web" / "Dockerfile.compose").read_text(encoding="utf-8")


class TestImageOfTheWebApp:
    def test_is_made_from_a_file_that_is_there(self, compose):
        build = compose["services"]["web"]["build"]
        assert (PATH.parent / build["context"] / build["dockerfile"]).read_text() == image_of_the_web_app()

    def test_has_the_sources_of_the_image_that_is_built_with_the_api(self):
        other = (ROOT / "web" / "Dockerfile").read_text(encoding="utf-8")
        copied = re.findall(r"^(?:COPY (?!--from).*|RUN npm ci)$", other, re.MULTILINE)
        assert copied == re.findall(r"^(?:COPY .*|RUN npm ci)$", image_of_the_web_app(), re.MULTILINE)
        assert len(copied) == 6

    def test_builds_before_it_serves_once(self, tmp_path):
        """The command of the image, with a build and a server that only say that they ran."""
        command = json.loads(re.findall(r"^CMD (\[.*\])$", image_of_the_web_app(), re.MULTILINE)[-1])
        programs = tmp_path / "node_modules" / ".bin"
        programs.mkdir(parents=True)
        (tmp_path / "public").mkdir()
        build = 'echo built; mkdir -p .next/static .next/standalone/.next; test -z "$FAILS"'
        for path, script in (
            (programs / "next", build),
            (tmp_path / "bin" / "node", 'echo "served $1 in $PWD"'),
        ):
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

        def start(**variables):
            env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", **variables}
            return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

        served = f"served server.js in {tmp_path}/.next/standalone\n"
        failed = start(FAILS="yes")
        assert (failed.returncode != 0, failed.stdout) == (True, "built\n")
        assert start().stdout == f"built\n{served}"
        assert start().stdout == served
        assert (tmp_path / ".next" / "standalone" / "public").is_dir()
        assert (tmp_path / ".next" / "standalone" / ".next" / "static").is_dir()


class TestServices:
    def test_are_the_six_and_two_for_workers_elsewhere(self, compose):
        optional = {name for name, service in compose["services"].items() if "profiles" in service}
        assert optional == {"redis", "flower"}
        assert set(compose["services"]) - optional == {"database", "migrate", "app", "worker", "web", "nginx"}
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
            "web": {"app": "service_healthy"},  # which it asks for its pages
            "nginx": {"app": "service_healthy", "web": "service_healthy"},
        }

    def test_what_runs_is_checked_and_restarted_and_what_migrates_is_not(self, compose):
        services = compose["services"]
        assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()  # the application's
        assert "HEALTHCHECK" in image_of_the_web_app()
        assert services["migrate"]["healthcheck"] == {"disable": True}
        assert services["migrate"]["restart"] == "no"
        for name in ("database", "nginx", "redis", "flower"):
            assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services["worker"]["healthcheck"] == {"disable": True}  # it listens on no port
        for name in ("database", "app", "worker", "web", "nginx", "redis", "flower"):
            assert services[name]["restart"] == "unless-stopped"

    def test_the_application_has_no_rights_it_does_not_use(self, compose):
        for name in ("app", "worker", "migrate"):
            service = compose["services"][name]
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["volumes"] == ["data:/data"]

    def test_a_worker_elsewhere_is_like_that_of_the_server(self, compose, workers):
        (elsewhere,) = workers["services"].values()
        here = compose["services"]["worker"]
        assert "ports" not in elsewhere
        same = (
            "command",
            "volumes",
            "read_only",
            "tmpfs",
            "cap_drop",
            "security_opt",
            "healthcheck",
            "restart",
            "image",
        )
        assert {name: elsewhere[name] for name in same} == {name: here[name] for name in same}

    def test_the_web_app_has_no_rights_it_does_not_use(self, compose):
        web = compose["services"]["web"]
        assert web["cap_drop"] == ["ALL"]
        assert web["security_opt"] == ["no-new-privileges:true"]
        assert web["networks"] == ["inside"]
        assert "USER 10001:10001" in image_of_the_web_app()

    def test_named_volumes_hold_what_must_last(self, compose):
        assert set(compose["volumes"]) == {"database", "data"}
