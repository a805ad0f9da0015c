"""`authwell permission`, `role` and `group`."""

from tests.ops.conftest import Run, answer


def test_roles_permissions_and_groups_by_command(run: Run) -> None:
    made = answer(run("permission", "create", "document:sign", "--description", "Sign", "--json"))
    run("role", "create", "writer", "--permission", "document:create")
    chief = ("--permission", "document:sign", "--parent", "writer", "--json")
    role = answer(run("role", "create", "chief", *chief))
    run("user", "create", "ada", "--email", "ada@people.example")
    group = answer(run("group", "create", "office", "--role", "chief", "--member", "ada", "--json"))
    changed = answer(run("group", "update", "office", "--unset", "members", "--json"))

    assert made == {"name": "document:sign", "description": "Sign"}
    assert (role["permissions"], role["parents"]) == (["document:sign"], ["writer"])
    assert (group["roles"], group["members"], changed["members"]) == (["chief"], ["ada"], [])
    assert answer(run("role", "show", "writer", "--json"))["permissions"] == ["document:create"]
    assert "office" in run("group", "list").stdout
    refused = run("role", "delete", "writer", "--yes")
    assert (refused.exit_code, "still used by role chief" in refused.stderr) == (1, True)
    for kind, name in (("group", "office"), ("role", "chief"), ("permission", "document:sign")):
        assert run(kind, "delete", name, "--yes").exit_code == 0
        assert run(kind, "show", name).exit_code == 1


def test_what_is_built_in_stays(run: Run) -> None:
    deleted = run("role", "delete", "admin", "--yes")
    emptied = run("role", "update", "moderator", "--unset", "permissions")

    assert (deleted.exit_code, emptied.exit_code) == (1, 1)
    assert "built in" in deleted.stderr
    assert "built in" in emptied.stderr
