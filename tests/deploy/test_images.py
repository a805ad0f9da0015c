"""The Dockerfile and docker-compose.yml, checked as they are written: no engine is needed."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from authwell.config.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "compose_schema.json"
REQUIRED = {"ISSUER", "SECRET_KEY", "KEY_ENCRYPTION_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file with its anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def stages() -> dict[str, list[str]]:
    """The instructions of the Dockerfile by stage."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    found: dict[str, list[str]] = {"": []}
    stage = ""
    for line in (line.strip() for line in text.splitlines()):
        if started := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            stage = started[2]
            found[stage] = [line]
        elif line and not line.startswith("#"):
            found[stage].append(line)
    return found


@pytest.mark.req("O13")
def test_the_compose_file_fits_its_schema(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.validators.validator_for(schema)

    validator.check_schema(schema)

    assert list(validator(schema).iter_errors(compose)) == []


@pytest.mark.req("K28", "O13")
def test_the_services_have_their_names(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"auth-service", "db", "redis"}


@pytest.mark.req("ST-13")
@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_no_secret_has_a_default(name: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(rf"\$\{{{name}(?!_)([^}}]{{2}})", text)) == {":?"}


@pytest.mark.req("Q-BUILD_TARGET", "Q-POSTGRES_PASSWORD_PROD", "Q-REDIS_PASSWORD_PROD")
def test_names_of_compose_are_read_here_and_by_no_setting(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    settings = {field.name.upper() for field in fields(Settings)}

    assert compose["services"]["auth-service"]["build"]["target"] == "${BUILD_TARGET:-production}"
    assert "BUILD_TARGET=development" in (ROOT / ".env.development").read_text()
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{name}_PROD:-${{{name}:?" in text
        assert f"{name}_PROD" not in settings


@pytest.mark.req("N9")
def test_every_service_has_a_health_check(compose: dict[str, Any]) -> None:
    text = (ROOT / "Dockerfile").read_text()

    assert "HEALTHCHECK" in text
    assert "/health" in text
    assert compose["services"]["db"]["healthcheck"]
    assert compose["services"]["redis"]["healthcheck"]
    waits = compose["services"]["auth-service"]["depends_on"]
    assert {waits[name]["condition"] for name in ("db", "redis")} == {"service_healthy"}


@pytest.mark.req("M15")
def test_services_have_few_rights_and_open_ports_to_this_machine_only(
    compose: dict[str, Any],
) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service, name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
    assert compose["services"]["auth-service"]["read_only"] is True


def test_redis_never_forgets_silently(compose: dict[str, Any]) -> None:
    command = " ".join(compose["services"]["redis"]["command"])

    assert "noeviction" in command
    assert "requirepass" in command


@pytest.mark.req("O14")
def test_the_image_has_its_stages(stages: dict[str, list[str]]) -> None:
    assert list(stages) == ["", "builder", "base", "development", "production"]
    assert stages["development"][0] == "FROM base AS development"
    assert stages["production"][0] == "FROM base AS production"
    assert "--reload" in (ROOT / "docker" / "entrypoint.sh").read_text()


@pytest.mark.req("O14", "M15")
def test_the_image_runs_as_nobody_special(stages: dict[str, list[str]]) -> None:
    users = [line for line in stages["base"] if line.startswith("USER ")]

    assert users == ["USER authwell"]
    assert not any(line.startswith("USER") for line in stages["production"])


def test_argon2_is_built_for_avx2(stages: dict[str, list[str]]) -> None:
    builder = " ".join(stages["builder"])

    assert "-march=x86-64-v3" in builder
    assert "--no-binary argon2-cffi-bindings" in builder
    assert "--require-hashes" in builder


def test_the_image_holds_no_secret_and_no_default_of_one(stages: dict[str, list[str]]) -> None:
    lines = [line for stage in stages.values() for line in stage]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert not any(re.match(r"(ENV|ARG) .*(SECRET|PASSWORD|KEY)", line) for line in lines)
    assert "*" in ignored
    assert not {"!.env", "!keys", "!instance"} & set(ignored)


def test_what_the_image_copies_is_not_ignored() -> None:
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }

    assert all((ROOT / name).exists() for name in kept)
    assert {"src", "migrations", "pyproject.toml", "requirements-all.txt", "wsgi.py"} <= kept


@pytest.mark.req("O8")
def test_migrations_run_before_the_server_starts() -> None:
    text = (ROOT / "docker" / "entrypoint.sh").read_text()

    assert text.index("authwell db upgrade") < text.index("exec authwell serve")
