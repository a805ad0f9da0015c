"""The commands that configure: what they print, what they write, how they end."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.identity.configuration.configuring import SECRET, Desk, alice, desk, service, web
from tests.ops.conftest import Run, answer

DOCUMENT = {
    "scopes": [{"name": "read", "description": "Read your data"}],
    "clients": [web(), service(scope="read")],
    "accounts": [alice()],
}


@pytest.fixture
def here(environ: dict[str, str]) -> Iterator[Desk]:
    made = desk(environ["DATABASE_URL"])
    yield made
    made.database.close()


def written(document: Any, name: str = "config.yaml") -> str:
    Path(name).write_text(yaml.safe_dump(document))
    return name


@pytest.mark.req("1.1")
def test_apply_says_what_changed_and_the_second_time_nothing(run: Run) -> None:
    first = run("apply", "-f", written(DOCUMENT))
    second = run("apply", "-f", "config.yaml")

    assert first.stdout.splitlines() == [
        "+ scope read",
        "+ client web",
        "+ client service",
        "+ account alice",
        "4 changes applied.",
    ]
    assert second.stdout == "Nothing to change.\n"
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_apply_reads_standard_input_and_a_dry_run_writes_nothing(run: Run, here: Desk) -> None:
    result = run("apply", "-f", "-", "--dry-run", text=json.dumps(DOCUMENT))

    assert result.stdout.endswith("4 changes planned; nothing was written.\n")
    assert list(here.configurator.state().clients) == []


@pytest.mark.req("11.4")
def test_a_plan_shows_each_member_but_no_secret_and_writes_nothing(run: Run, here: Desk) -> None:
    run("apply", "-f", written(DOCUMENT))
    changed = {
        "tenants": [{"slug": "default", "policy": {"pkce": "all"}}],
        "scopes": [{"name": "read", "description": "See it"}, {"name": "new"}],
        "clients": [web(client_name="Web", client_secret="n" * 43)],
        "accounts": [alice(full_name="Alice B", password="Another-Horse-8")],
    }

    shown = run("plan", "-f", written(changed))
    dry = run("apply", "-f", "config.yaml", "--dry-run")

    assert shown.stdout.splitlines() == [
        "~ tenant default (policy)",
        '    policy.pkce: (none) -> "all"',
        "~ scope read (description)",
        '    description: "Read your data" -> "See it"',
        "+ scope new",
        '    description: "new"',
        "~ client web (client_name, client_secret)",
        '    client_name: (none) -> "Web"',
        "    client_secret: (hidden) -> (hidden)",
        "~ account alice (full_name, password)",
        '    full_name: "Alice" -> "Alice B"',
        "    password: (hidden) -> (hidden)",
        "5 changes planned; nothing was written.",
    ]
    assert (shown.exit_code, dry.stdout) == (0, shown.stdout)
    assert here.configurator.state().scopes == {"read": "Read your data"}


@pytest.mark.req("11.4", "J6")
def test_secrets_that_apply_makes_are_printed_once(run: Run) -> None:
    allowed = {"OUTGOING_ALLOW": "192.0.2.0/24"}
    hook = {"name": "crm", "url": "https://192.0.2.44/hook"}
    connections = {"webhooks": [hook], "integrations": [{"name": "hr", "type": "custom"}]}
    written({**connections, "tenants": [{"slug": "acme"}]}, "all.yaml")
    written({"webhooks": [{**hook, "tenant": "acme", "name": "x"}]}, "more.yaml")

    planned = run("plan", "-f", "all.yaml", **allowed)
    applied = run("apply", "-f", "all.yaml", **allowed)
    again = run("apply", "-f", "all.yaml", **allowed)
    more = answer(run("apply", "-f", "more.yaml", "--json", **allowed))
    exported = run("export", "--with-secrets")

    assert "whsec_" not in planned.stdout
    assert applied.stdout.count("    secret: whsec_") == 2
    assert applied.stdout.count("    api_key: ask_") == 1
    assert again.stdout == "Nothing to change.\n"
    assert more["changes"][0]["made"]["secret"].startswith("whsec_")
    assert "whsec_" not in exported.stdout


@pytest.mark.req("11.4")
def test_the_exit_code_of_a_plan_says_whether_something_would_change(run: Run) -> None:
    arguments = ("plan", "-f", written(DOCUMENT), "--detailed-exitcode", "--json")

    before = run(*arguments)
    run("apply", "-f", "config.yaml")
    after = run(*arguments)
    wrong = run("plan", "-f", written({"scopes": [{}]}), "--detailed-exitcode")

    assert (before.exit_code, after.exit_code, wrong.exit_code) == (2, 0, 1)
    assert json.loads(after.stdout)["changes"] == []
    first = json.loads(before.stdout)["changes"][0]
    assert first["differences"] == [{"member": "description", "old": None, "new": "Read your data"}]
    assert SECRET not in before.stdout


def test_apply_names_every_error_and_ends_with_one(run: Run) -> None:
    result = run("apply", "-f", written({"clients": [{"client_idd": "x"}, {"scope": 1}]}))

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: clients[0].client_idd: is not known; did you mean client_id?",
        "error: clients[0].client_id: is missing",
        "error: clients[1].scope: must be a string of scopes",
        "error: clients[1].client_id: is missing",
    ]


def test_a_file_that_is_not_there_is_a_sentence(run: Run) -> None:
    result = run("apply", "-f", "missing.yaml")

    assert result.exit_code == 1
    assert "missing.yaml cannot be read" in result.stderr


def test_production_warns_of_plain_secrets_and_refuses_short_ones(run: Run) -> None:
    production = {
        "ENVIRONMENT": "production",
        "ISSUER": "https://id.example",
        "SMTP_HOST": "m.example",
    }
    production |= {"EMAIL_FROM": "id@id.example"}

    plain = run("apply", "-f", written(DOCUMENT), **production)
    short = run("apply", "-f", written({"clients": [web(client_secret="short")]}), **production)

    assert "warning: clients[0].client_secret: is in the document itself" in plain.stderr
    assert "warning: accounts[0].password: is in the document itself" in plain.stderr
    assert short.exit_code == 1
    assert "must have 32 or more characters in production" in short.stderr


def test_a_policy_with_a_new_algorithm_brings_its_key(run: Run) -> None:
    policy = {"signing_algs": ["ES256"]}

    applied = run("apply", "-f", written({"tenants": [{"slug": "default", "policy": policy}]}))
    keys = answer(run("keys", "list", "--json"))

    assert applied.stdout == "~ tenant default (policy)\n1 change applied.\n"
    assert "ES256" in {key["alg"] for key in keys}


def test_an_export_is_private_and_can_be_applied(run: Run, tmp_path: Path) -> None:
    run("apply", "-f", written(DOCUMENT))
    (tmp_path / "out.yaml").touch(mode=0o644)

    exported = run("export", "--with-secrets", "-o", "out.yaml")
    again = run("apply", "-f", "out.yaml")

    assert exported.exit_code == 0
    assert stat.S_IMODE((tmp_path / "out.yaml").stat().st_mode) == 0o600
    assert again.stdout == "Nothing to change.\n"
    assert SECRET not in (tmp_path / "out.yaml").read_text()


@pytest.mark.req("1.1", "B14")
def test_a_client_lives_through_its_commands(run: Run, here: Desk) -> None:
    made = answer(
        run(
            *("client", "create", "shop", "--name", "Shop", "--scope", "openid"),
            *("--redirect-uri", "https://shop.example/cb", "--json"),
        )
    )
    shown = answer(run("client", "show", "shop", "--json"))
    rotated = answer(run("client", "rotate-secret", "shop", "--json"))
    changed = answer(
        run(
            "client",
            "update",
            "shop",
            "--set",
            "require_auth_time=true",
            "--status",
            "disabled",
            "--json",
        )
    )
    listed = answer(run("client", "list", "--json"))
    kept = here.configurator.client("shop").secrets
    deleted = run("client", "delete", "shop", "--yes")

    assert "client_secret" not in shown
    assert made["client_secret"] != rotated["client_secret"]
    secrets = here.configurator.rules.secrets
    assert all(secrets.is_one_of(kept, one["client_secret"]) for one in (made, rotated))
    assert changed["require_auth_time"] is True
    assert [entry["status"] for entry in listed] == ["disabled"]
    assert deleted.exit_code == 0
    assert run("client", "show", "shop").exit_code == 1


def test_a_public_client_is_given_no_secret(run: Run) -> None:
    made = answer(
        run(
            *("client", "create", "spa", "--auth-method", "none"),
            *("--redirect-uri", "https://spa.example/cb", "--json"),
        )
    )

    assert "client_secret" not in made
    assert run("client", "rotate-secret", "spa").exit_code == 1


@pytest.mark.parametrize(
    "command",
    [
        ("client", "create", "web", "--redirect-uri", "https://app.example/cb"),
        ("user", "create", "alice"),
        ("scope", "create", "read", "--description", "Read your data"),
    ],
)
def test_what_exists_is_not_made_again(run: Run, command: tuple[str, ...]) -> None:
    run("apply", "-f", written(DOCUMENT))

    result = run(*command)

    assert result.exit_code == 1
    assert "exists already" in result.stderr


@pytest.mark.parametrize("kind", ["client", "user", "scope", "resource"])
@pytest.mark.parametrize("action", ["show", "delete"])
def test_what_is_not_there_is_a_sentence(run: Run, kind: str, action: str) -> None:
    options = ["--yes"] if action == "delete" else []

    result = run(kind, action, "nothing", *options)

    assert result.exit_code == 1
    assert "There is no" in result.stderr


def test_an_account_lives_through_its_commands(run: Run, here: Desk) -> None:
    run("user", "create", "root", "--role", "admin")
    made = answer(run("user", "create", "bob", "--email", "bob@people.example", "--json"))
    changed = answer(
        run("user", "update", "bob@people.example", "--role", "admin", "--email-verified", "--json")
    )
    listed = answer(run("user", "list", "--json"))
    password = run("user", "set-password", "bob", "--password-stdin", text="New-Password-9\n")
    disabled = answer(run("user", "update", "bob", "--status", "disabled", "--json"))
    deleted = run("user", "delete", "bob", "--yes")

    assert len(made["password"]) >= 20
    assert changed["roles"] == ["admin"]
    assert changed["email_verified"] is True
    assert [entry["username"] for entry in listed] == ["root", "bob"]
    assert password.exit_code == 0
    assert disabled["status"] == "disabled"
    assert deleted.exit_code == 0
    assert [person.username for person in here.configurator.state().people] == ["root"]


@pytest.mark.req("TN-14")
def test_the_last_administrator_stays(run: Run, here: Desk) -> None:
    run("user", "create", "root", "--role", "admin")

    refused = [
        run("user", "update", "root", "--no-roles"),
        run("user", "update", "root", "--status", "disabled"),
        run("user", "delete", "root", "--yes"),
        run("user", "erase", "root", "--yes"),
        run("user", "erase", "root", "--now", "--yes"),
    ]

    assert [result.exit_code for result in refused] == [1] * 5
    assert all("Nobody would be left" in result.stderr for result in refused)
    (root,) = here.configurator.state().people
    assert (root.status, list(root.roles)) == ("active", ["admin"])


def test_a_consent_that_is_not_there_is_said(run: Run) -> None:
    run("apply", "-f", written(DOCUMENT))

    result = run("user", "revoke-consent", "alice", "web")

    assert result.stdout == "alice had allowed web nothing.\n"


def test_scopes_and_resources_live_through_their_commands(run: Run) -> None:
    run("scope", "create", "read", "--description", "Read")
    run("scope", "update", "read", "--description", "Read your data")
    run("apply", "-f", written({"clients": [service(scope="read")]}))
    api = "https://api.example"
    made = answer(
        run(
            *("resource", "create", api, "--scope", "read", "--access-token-lifetime", "300"),
            *("--introspection-client", "service", "--json"),
        )
    )
    changed = answer(run("resource", "update", api, "--unset", "access_token_lifetime", "--json"))
    in_use = run("scope", "delete", "read", "--yes")
    run("client", "delete", "service", "--yes")
    left = answer(run("resource", "show", api, "--json"))
    gone = [run("resource", "delete", api, "--yes"), run("scope", "delete", "read", "--yes")]

    assert made["access_token_lifetime"] == 300
    assert "access_token_lifetime" not in changed
    assert in_use.exit_code == 1
    assert "still used by resource https://api.example, client service" in in_use.stderr
    assert left["introspection_clients"] == []
    assert [result.exit_code for result in gone] == [0, 0]


def test_a_resource_that_restricts_a_client_stays(run: Run) -> None:
    api = "https://api.example"
    run(
        "apply",
        "-f",
        written(
            {
                "resources": [{"identifier": api}],
                "clients": [web(allowed_resources=[api])],
            }
        ),
    )

    result = run("resource", "delete", api, "--yes")

    assert result.exit_code == 1
    assert "still used by client web" in result.stderr


def test_a_mistake_on_the_command_line_is_told_by_member(run: Run) -> None:
    result = run("client", "create", "x", "--redirect-uri", "http://far.example/cb")

    assert result.exit_code == 1
    assert result.stderr.startswith("error: redirect_uris: http://far.example/cb uses http")


@pytest.mark.req("2.9")
def test_a_person_is_exported_deleted_given_back_and_erased(run: Run) -> None:
    run("user", "create", "bob", "--email", "bob@people.example", "--full-name", "Bob Example")

    exported = answer(run("user", "export", "bob"))
    deleted = run("user", "erase", "bob", "--yes")
    again = run("user", "erase", "bob", "--yes")
    restored = run("user", "restore", "bob")
    twice = run("user", "restore", "bob")
    erased = run("user", "erase", "bob", "--now", "--yes")
    gone = run("user", "show", "bob")

    assert exported["account"]["full_name"] == "Bob Example"
    assert "will be erased after" in deleted.output
    assert again.exit_code == 1
    assert "active again" in restored.output
    assert twice.exit_code == 1
    assert "is erased" in erased.output
    assert gone.exit_code == 1
