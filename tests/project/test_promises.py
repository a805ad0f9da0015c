"""What the founding documents promise of the tree, its files and its ways to start."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.parts.processes import ROOT, free_port, start, stop, wait_until_ready
from tests.parts.server import settings_for
from tests.support.application import Application, make_application

SOURCE = ROOT / "src/authwell"
CARD = [
    "flask",
    "authlib",
    "flask-sqlalchemy",
    "flask-migrate",
    "psycopg2-binary",
    "redis",
    "cryptography",
    "argon2-cffi",
    "pyotp",
    "flask-limiter",
    "flask-talisman",
    "marshmallow",
    "gunicorn",
    "structlog",
    "sentry-sdk",
]
TOP_LEVEL = [
    "src",
    "keys",
    "migrations",
    "tests",
    "scripts",
    "deploy.sh",
    "docker-compose.yml",
    "Dockerfile",
    "wsgi.py",
    "requirements.txt",
    "API_DOCUMENTATION.md",
    "SECURITY.md",
]


@pytest.fixture
def application(database_url: str) -> Application:
    """The real application on a fresh database."""
    return make_application(database_url)


def serves(command: list[str], folder: Path, database_url: str, port: int) -> str:
    """The health that a command, started in the project's folder, tells."""
    environ = settings_for(port, DATABASE_URL=database_url, PYTHONPATH=str(ROOT))
    log = folder / "server.log"
    process = start(command, log, environ=environ, cwd=ROOT)

    def answers() -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success
        except httpx2.TransportError:
            return False

    try:
        wait_until_ready(process, answers, log)
        return str(httpx2.get(f"http://127.0.0.1:{port}/health", timeout=5).json()["status"])
    finally:
        stop(process)


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.mark.req("A1", "A2", "0.1")
def test_the_script_serves_development(tmp_path: Path, sqlite_url: str, port: int) -> None:
    assert serves([sys.executable, "src/app.py"], tmp_path, sqlite_url, port) == "ok"


@pytest.mark.req("A1", "A3", "A4", "0.1")
@pytest.mark.parametrize("name", ["src.app:create_app()", "wsgi:app"])
def test_gunicorn_serves_both_names(tmp_path: Path, sqlite_url: str, port: int, name: str) -> None:
    gunicorn = [sys.executable, "-m", "gunicorn", "-w", "2", "--no-control-socket"]

    command = [*gunicorn, "-b", f"127.0.0.1:{port}", name]
    assert serves(command, tmp_path, sqlite_url, port) == "ok"


@pytest.mark.req("A5")
@pytest.mark.parametrize("name", TOP_LEVEL)
def test_the_top_level_has_what_was_promised(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.req("A6")
@pytest.mark.parametrize("name", ["config", "models", "routes", "utils", "middleware"])
def test_the_package_has_its_parts(name: str) -> None:
    assert (SOURCE / name / "__init__.py").is_file()


@pytest.mark.req("A7")
@pytest.mark.parametrize("path", ["keys/signing.pem", "logs/authwell.log", ".env"])
def test_git_keeps_no_secret_and_no_log(path: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)

    assert ignored.returncode == 0


@pytest.mark.req("A8")
def test_blueprints_serve_the_endpoints_of_the_card(application: Application) -> None:
    served = {rule.rule: rule.endpoint for rule in application.app.url_map.iter_rules()}

    for path in ("authorize", "token", "introspect", "revoke", "jwks"):
        blueprint = served[f"/oauth/{path}"].partition(".")[0]
        assert blueprint in application.app.blueprints


@pytest.mark.req("A9")
def test_clients_grants_and_tokens_are_tables(application: Application) -> None:
    from authwell.models import Base

    assert {"clients", "grants", "consents", "refresh_tokens", "access_tokens"} <= set(
        Base.metadata.tables
    )
    assert type(application.site.store).__name__ == "SqlStore"


@pytest.mark.req("A11")
def test_the_code_speaks_of_accounts_sessions_and_audit_events() -> None:
    from authwell.models import Base

    assert {"accounts", "sessions", "audit_events", "credentials"} <= set(Base.metadata.tables)


@pytest.mark.req("A14")
def test_the_recipe_for_extending_names_what_there_is() -> None:
    recipe = (ROOT / "docs/architecture.md").read_text().partition("## How to add")[2]

    for name in ("authorization/checks.py", "policy.py", "app.py", "config/model.py"):
        assert f"`{name}`" in recipe or f"/{name}`" in recipe
        assert list(SOURCE.rglob(name))
    assert "flask db migrate" in recipe


@pytest.mark.req("A15")
def test_public_functions_have_hints_and_docstrings() -> None:
    lacking = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCE.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if ast.get_docstring(node) is None
        or (isinstance(node, ast.FunctionDef) and node.returns is None)
    ]

    assert lacking == []


@pytest.mark.req("A16", "A17", "A18")
def test_the_packages_of_the_card_are_dependencies_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements.txt").read_text()

    for name in CARD:
        assert any(line.startswith(name) for line in project["dependencies"]), name
        assert f"\n{name}==" in f"\n{locked}", name
    assert project["requires-python"].startswith(">=3.11")
    for name in ("requirements-dev.txt", "requirements-test.txt"):
        assert "pytest==" in (ROOT / name).read_text()


@pytest.mark.req("A19")
def test_the_license_is_mit() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


@pytest.mark.req("N1", "N2", "N4")
def test_the_service_tells_what_it_is_and_how_it_does(application: Application) -> None:
    browser = application.app.test_client()

    home = browser.get("/").get_json()
    health = browser.get("/health").get_json()

    assert (home["service"], home["status"]) == ("authwell", "ok")
    assert home["discovery"].endswith("/.well-known/openid-configuration")
    assert (health["status"], health["database"]) == ("ok", "ok")
    assert browser.get("/health/db").get_json() == {"status": "ok"}
    assert browser.get("/health/redis").get_json() == {"status": "not_configured"}


def test_a_person_sees_the_home_page(application: Application) -> None:
    page = application.app.test_client().get("/", headers={"Accept": "text/html"})

    assert page.mimetype == "text/html"
    assert application.site.settings.issuer in page.text


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    """A migrated SQLite database."""
    from tests.parts import databases

    url = databases.create("sqlite")
    yield url
    databases.drop(url)
