"""`authwell integration`: an operator lets other systems send events, and ends it."""

import pytest

from tests.ops.conftest import Run, answer

HR = ("integration", "create", "--name", "hr", "--type", "custom", "--json")


@pytest.mark.req("J6", "J7")
def test_an_integration_lives_through_its_commands(run: Run) -> None:
    made = answer(run(*HR))
    changes = ("--new-name", "people", "--config", '{"floor": 2}', "--status", "disabled")
    changed = answer(run("integration", "update", "hr", *changes, "--json"))
    renewed = answer(run("integration", "regenerate-secret", "people", "--overlap", "60", "--json"))
    shown = run("integration", "show", made["id"], "--json")
    listed = run("integration", "list", "--json")
    sent = answer(run("integration", "events", "people", "--json"))
    deleted = run("integration", "delete", "people", "--yes")
    left = answer(run("integration", "list", "--json"))

    members = {name: changed[name] for name in ("name", "type", "config", "status")}
    assert members == {
        "name": "people",
        "type": "custom",
        "config": {"floor": 2},
        "status": "disabled",
    }
    assert made["secret"].startswith("whsec_")
    assert {made["secret"], made["api_key"]}.isdisjoint((renewed["secret"], renewed["api_key"]))
    assert renewed["secret"] not in shown.stdout + listed.stdout
    assert answer(shown)["name"] == "people"
    assert (sent, deleted.exit_code, left) == ([], 0, [])


def test_what_is_refused_is_a_sentence(run: Run) -> None:
    run(*HR)

    twice = run(*HR)
    unknown = run("integration", "show", "nobody")
    long = run(*HR[:2], "--name", "x" * 256, "--type", "custom")
    no_object = run("integration", "update", "hr", "--config", "[]")

    assert [one.exit_code for one in (twice, unknown, long, no_object)] == [1, 1, 1, 2]
    assert "There is an integration hr already." in twice.stderr
    assert "There is no integration nobody." in unknown.stderr
    assert "name: must be a text of 1 to 255 characters" in long.stderr
