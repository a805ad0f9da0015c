"""`authwell block`: an operator shuts out, sees and lets in again."""

import pytest

from tests.ops.conftest import Run, answer


@pytest.mark.req("L10")
def test_blocks_are_added_listed_and_removed(run: Run) -> None:
    run("user", "create", "ada", "--email", "ada@people.example")
    network = answer(run("block", "add", "address", "203.0.113.9/24", "--hours", "24", "--json"))
    person = answer(run("block", "add", "account", "ada", "--reason", "stolen", "--json"))

    listed = answer(run("block", "list", "--json"))
    of_kind = run("block", "list", "--kind", "account").stdout
    removed = run("block", "remove", network["id"])

    assert network["value"] == "203.0.113.0/24"
    assert [entry["id"] for entry in listed] == [person["id"], network["id"]]
    assert ("stolen" in of_kind, network["id"] in of_kind) == (True, False)
    assert removed.exit_code == 0
    assert [entry["id"] for entry in answer(run("block", "list", "--json"))] == [person["id"]]


def test_what_is_refused_is_a_sentence(run: Run) -> None:
    refused = [
        run("block", "add", "address", "0.0.0.0/0"),
        run("block", "add", "client", "nobody"),
        run("block", "add", "account", "nobody"),
        run("block", "remove", "nothing"),
    ]

    assert [result.exit_code for result in refused] == [1, 1, 1, 1]
    assert "/8 at least" in refused[0].stderr


def test_a_block_ends_while_there_are_years_to_name(run: Run) -> None:
    refused = [run("block", "add", "address", "203.0.113.9", "--hours", f) for f in ("1e9", "inf")]

    assert [result.exit_code for result in refused] == [2, 2]
    assert "--hours" in refused[0].stderr
