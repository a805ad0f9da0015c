"""`authwell simulate`: the tokens that somebody would get, and why (FEATURES.md 11.6)."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.parts.server import settings_for
from tests.support.commands import run_command


@pytest.mark.req("11.6")
def test_an_operator_sees_tokens_and_refusals(tmp_path: Path) -> None:
    environ = settings_for(5000, DATABASE_URL=f"sqlite:///{tmp_path / 'authwell.db'}")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, tmp_path, environ)

    configuration = {
        "clients": [
            {
                "client_id": "web",
                "token_endpoint_auth_method": "none",
                "redirect_uris": ["https://app.example/cb"],
                "grant_types": ["authorization_code"],
                "scope": "openid",
            }
        ],
        "accounts": [{"username": "ada"}],
    }
    (tmp_path / "apply.yaml").write_text(json.dumps(configuration))
    assert run("db", "upgrade").returncode == 0
    assert run("apply", "-f", "apply.yaml").returncode == 0

    tokens = json.loads(run("simulate", "web", "ada", "--json").stdout)
    refused = run("simulate", "web", "ada", "--scope", "openid email").stdout
    nobody = run("simulate", "web", "eve")

    assert tokens["id_token"]["aud"] == "web"
    assert tokens["access_token"]["scope"] == "openid"
    assert refused.splitlines()[-1].startswith("refused: ")
    assert nobody.returncode == 1
