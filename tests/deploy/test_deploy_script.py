"""`./deploy.sh`: keys, secrets and the steps of a deployment (REQUIREMENTS.md section O)."""

import os
import shutil
import stat
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authwell.config.settings import load_settings

ROOT = Path(__file__).parents[2]
PROGRAMS = (
    "sh", "dirname", "cat", "date", "mktemp", "mkdir", "chmod", "mv", "cp", "rm", "grep", "sed",
    "tail", "tr", "od", "head", "base64", "awk", "id", "ls", "openssl",
)  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what deploy.sh needs of the project."""
    for name in ("deploy.sh", ".env.example", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def tools(checkout: Path, *without: str) -> str:
    """A PATH with the programs of a bare Debian, openssl among them, and none else."""
    folder = checkout / "tools"
    folder.mkdir(exist_ok=True)
    for program in PROGRAMS:
        found = shutil.which(program)
        link = folder / program
        if program in without:
            link.unlink(missing_ok=True)
        elif found and not link.exists():
            link.symlink_to(found)
    return str(folder)


def deploy(
    checkout: Path, *arguments: str, without: tuple[str, ...] = (), **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "deploy.sh"), *arguments],
        env={"PATH": tools(checkout, *without), **environ},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def values(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.req("O1", "M15")
def test_generate_keys_makes_an_rsa_key_for_its_owner_only(checkout: Path) -> None:
    done = deploy(checkout, "generate-keys")

    [pem] = (checkout / "keys").iterdir()
    key = load_pem_private_key(pem.read_bytes(), None)
    assert done.returncode == 0, done.stderr
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048
    assert mode(pem) == 0o600
    assert pem.name in done.stdout


@pytest.mark.req("O1")
def test_generate_keys_again_keeps_the_first_key(checkout: Path) -> None:
    deploy(checkout, "generate-keys")
    [first] = (checkout / "keys").iterdir()
    content = first.read_bytes()

    deploy(checkout, "generate-keys")

    assert len(list((checkout / "keys").iterdir())) == 2
    assert first.read_bytes() == content


@pytest.mark.req("O1")
def test_without_openssl_the_sentence_says_what_to_install(checkout: Path) -> None:
    done = deploy(checkout, "generate-keys", without=("openssl",))

    assert done.returncode == 1
    assert "apt-get install openssl" in done.stderr
    assert list((checkout / "keys").iterdir()) == []


@pytest.mark.req("O2", "M15")
def test_generate_secrets_makes_a_file_that_the_server_takes(checkout: Path) -> None:
    done = deploy(checkout, "generate-secrets", without=("openssl",))

    path = checkout / ".env"
    written = values(path)
    assert done.returncode == 0, done.stderr
    assert mode(path) == 0o600
    assert len(written["SECRET_KEY"]) == 64
    assert len(b64decode(written["KEY_ENCRYPTION_KEY"])) == 32
    assert written["ISSUER"] == "http://localhost:5000"
    settings = load_settings({}, path)
    assert settings.secret_key == written["SECRET_KEY"]
    assert settings.database_url.endswith("@localhost/auth_db")


@pytest.mark.req("O2")
def test_generated_secrets_differ_each_time(checkout: Path, tmp_path: Path) -> None:
    deploy(checkout, "generate-secrets")
    first = values(checkout / ".env")
    (checkout / ".env").unlink()

    deploy(checkout, "generate-secrets")

    second = values(checkout / ".env")
    for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert first[name] != second[name]


@pytest.mark.req("O2")
def test_generate_secrets_keeps_real_values_and_replaces_samples(checkout: Path) -> None:
    path = checkout / ".env"
    path.write_text(
        "# my file\nSECRET_KEY=0123456789abcdef0123456789abcdef&|/\\\n"
        "KEY_ENCRYPTION_KEY=your-key-encryption-key\nCUSTOM=kept\n"
        "DATABASE_URL=postgresql://a:b@c/d\nREDIS_URL=redis://c\n"
    )

    done = deploy(checkout, "generate-secrets")

    written = values(path)
    assert written["SECRET_KEY"] == "0123456789abcdef0123456789abcdef&|/\\"
    assert len(b64decode(written["KEY_ENCRYPTION_KEY"])) == 32
    assert written["CUSTOM"] == "kept"
    assert path.read_text().startswith("# my file\n")
    assert not {"POSTGRES_PASSWORD", "REDIS_PASSWORD"} & written.keys()
    assert mode(path) == 0o600
    assert "SECRET_KEY is there and stays" in done.stdout


@pytest.mark.req("O2", "LG-02")
def test_generate_secrets_changes_nothing_the_second_time_and_prints_no_secret(
    checkout: Path,
) -> None:
    first = deploy(checkout, "generate-secrets")
    content = (checkout / ".env").read_text()

    second = deploy(checkout, "generate-secrets")

    assert (checkout / ".env").read_text() == content
    for secret in (
        values(checkout / ".env")["SECRET_KEY"],
        values(checkout / ".env")["KEY_ENCRYPTION_KEY"],
    ):
        assert secret not in first.stdout + second.stdout


def test_a_dry_run_prints_the_steps_without_docker(checkout: Path) -> None:
    deploy(checkout, "generate-secrets")
    deploy(checkout, "generate-keys")

    done = deploy(checkout, "--env", "production", "--tag", "v1.0.0", "deploy", "--dry-run")

    steps = [line for line in done.stdout.splitlines() if line.startswith("+ ")]
    assert done.returncode == 0, done.stderr
    assert all(step.startswith("+ docker compose --env-file .env") for step in steps)
    for word in ("build", "db redis", "db upgrade", "keys import", "auth-service"):
        assert any(word in step for step in steps), word
    assert "v1.0.0" in done.stdout
    assert "dry run" in done.stdout


def test_a_dry_run_names_what_is_missing(checkout: Path) -> None:
    done = deploy(checkout, "deploy", "--dry-run")

    assert done.returncode == 0
    assert "./deploy.sh generate-secrets" in done.stderr


def test_a_deployment_without_secrets_is_refused(checkout: Path) -> None:
    shutil.copy(checkout / ".env.example", checkout / ".env")

    done = deploy(checkout, "deploy")

    assert done.returncode == 1
    assert "SECRET_KEY is missing in .env" in done.stderr


def test_without_docker_the_sentence_says_what_is_needed(checkout: Path) -> None:
    deploy(checkout, "generate-secrets")

    done = deploy(checkout, "deploy")

    assert done.returncode == 1
    assert "needs Docker" in done.stderr


@pytest.mark.req("O4")
def test_files_of_an_environment_are_used(checkout: Path) -> None:
    deploy(checkout, "generate-secrets")
    (checkout / ".env").rename(checkout / ".env.staging")
    (checkout / "docker-compose.staging.yml").write_text("services: {}\n")

    done = deploy(checkout, "deploy", "--dry-run", DEPLOYMENT_ENV="staging")

    assert "--env-file .env.staging" in done.stdout
    assert "--file docker-compose.staging.yml" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--env",), ("--env", "../x", "deploy"), ("--tag", "a b", "deploy"), ("--what",), ("explode",),
     ("deploy", "deploy")],
)  # fmt: skip
def test_a_wrong_command_line_is_refused_in_one_sentence(
    checkout: Path, arguments: tuple[str, ...]
) -> None:
    done = deploy(checkout, *arguments)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("help",), ("--help",), ()])
def test_help_names_every_command(checkout: Path, arguments: tuple[str, ...]) -> None:
    done = deploy(checkout, *arguments)

    assert done.returncode == 0
    for word in ("generate-keys", "generate-secrets", "deploy", "--env", "--tag", "--dry-run"):
        assert word in done.stdout


@pytest.mark.parametrize("script", ["deploy.sh", "docker/entrypoint.sh"])
def test_the_scripts_are_commands(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
