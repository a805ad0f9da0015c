"""`authwell webhook`: an operator chooses who is told, and sends again what was lost."""

import json
from collections.abc import Iterator

import pytest

from tests.support.running import running_site
from tests.support.site import Site

URL = "https://192.0.2.44/hook"
"""Of a documentation network: nobody answers there."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(OUTGOING_ALLOW="192.0.2.0/24") as running:
        yield running


@pytest.mark.req("4.8", "WH-05")
def test_an_operator_makes_changes_and_deletes_an_endpoint(site: Site) -> None:
    options = ("--name", "crm", "--url", URL, "--event", "account.deleted")
    made = json.loads(site.run("webhook", "create", *options, "--json").stdout)

    changed = json.loads(
        site.run("webhook", "update", "crm", "--status", "disabled", "--json").stdout
    )
    rotated = json.loads(site.run("webhook", "rotate-secret", "crm", "--json").stdout)
    listed = site.run("webhook", "list", "--json").stdout
    site.run("webhook", "delete", "crm", "--yes")

    assert made["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert (changed["status"], changed["event_types"]) == ("disabled", ["account.deleted"])
    assert "crm" in [found["name"] for found in json.loads(listed)]
    assert made["secret"] not in listed
    left = json.loads(site.run("webhook", "list", "--json").stdout)
    assert "crm" not in [found["name"] for found in left]


def test_a_test_message_is_in_the_log(site: Site) -> None:
    site.run("webhook", "create", "--name", "logged", "--url", URL, "--event", "*")

    site.run("webhook", "test", "logged")

    found = json.loads(site.run("webhook", "log", "logged", "--json").stdout)
    early = site.run("webhook", "replay", "logged", found[0]["id"], check=False)
    assert [entry["event_type"] for entry in found] == ["webhook.test"]
    assert early.returncode == 1


def test_what_is_refused_is_a_sentence(site: Site) -> None:
    inner = ("--name", "inner", "--url", "https://127.0.0.1/")

    refused = site.run("webhook", "create", *inner, check=False)
    unknown = site.run("webhook", "log", "nobody", check=False)

    assert (refused.returncode, unknown.returncode) == (1, 1)
    assert "url" in refused.stderr
    assert "nobody" in unknown.stderr


def test_the_types_of_events_are_listed(site: Site) -> None:
    assert "account.deleted" in site.run("webhook", "event-types").stdout.split()
