"""`authwell tenant`, and `authwell --tenant` for all that works inside one."""

from pathlib import Path

import pytest

from tests.ops.conftest import Run, answer


@pytest.mark.req("H1", "H4")
def test_commands_work_inside_one_tenant(run: Run) -> None:
    made = answer(run("tenant", "create", "acme", "--name", "Acme", "--json"))
    run("--tenant", "acme", "scope", "create", "read", "--description", "Read")
    run("scope", "create", "write", "--description", "Write")

    assert made["issuer"] == "http://localhost:5000/t/acme"
    inside = answer(run("--tenant", "acme", "scope", "list", "--json"))
    assert [scope["name"] for scope in inside] == ["read"]
    outside = answer(run("scope", "list", "--json"))
    assert [scope["name"] for scope in outside] == ["write"]
    kids = {key["kid"] for key in answer(run("--tenant", "acme", "keys", "list", "--json"))}
    assert kids
    assert kids.isdisjoint(key["kid"] for key in answer(run("keys", "list", "--json")))
    assert run("--tenant", "nowhere", "scope", "list").exit_code == 1
    assert run("--tenant", "nowhere", "keys", "list").exit_code == 1


@pytest.mark.req("3.6")
def test_a_tenant_is_given_no_host_that_it_has_not_shown(run: Run) -> None:
    run("tenant", "create", "acme")

    refused = run("tenant", "set-host", "acme", "login.acme.example", "--yes")
    below = run("tenant", "set-host", "acme", "--yes")

    assert (refused.exit_code, below.exit_code) == (1, 0)
    assert "not" in refused.output or "no host" in refused.output
    assert "http://localhost:5000/t/acme" in below.output


@pytest.mark.req("TN-12")
def test_a_tenant_is_suspended_activated_and_deleted(run: Run) -> None:
    run("tenant", "create", "acme")
    Path("policy.yaml").write_text("pkce: all\n")

    statuses = []
    for command in ("suspend", "activate"):
        assert run("tenant", command, "acme", *["--yes"] * (command == "suspend")).exit_code == 0
        statuses.append(answer(run("tenant", "show", "acme", "--json"))["status"])
    written = run("tenant", "set-policy", "acme", "-f", "policy.yaml")
    policy = answer(run("tenant", "show", "acme", "--json"))["policy"]
    deleted = run("tenant", "delete", "acme", "--yes")

    assert statuses == ["suspended", "active"]
    assert (written.exit_code, policy) == (0, {"pkce": "all"})
    assert deleted.exit_code == 0
    assert [row["slug"] for row in answer(run("tenant", "list", "--json"))] == ["default"]
    assert run("tenant", "create", "acme").exit_code == 1
    assert run("tenant", "delete", "default", "--yes").exit_code == 1
