"""Blocks of a document (REQUIREMENTS.md L10): set as the API sets them, lifted by no file."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authwell.identity.administration.blocks import Blocking, Wanted
from authwell.identity.configuration import removals
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.differences import differences
from authwell.identity.configuration.problems import Refused
from authwell.storage.audit.events import AuditLog
from authwell.storage.people.superusers import LastSuperuser
from authwell.storage.tenancy.blocks import blocks_of
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import NOW, Desk, alice, desk, web

UNTIL = "2030-01-31T12:00:00+00:00"
NETWORK: dict[str, Any] = {"kind": "address", "value": "203.0.113.0/24", "reason": "guesses"}
PERSON: dict[str, Any] = {"kind": "account", "value": "alice", "reason": "", "expires_at": UNTIL}
SERVICE: dict[str, Any] = {"kind": "client", "value": "web", "reason": ""}
PEOPLE: dict[str, Any] = {"accounts": [alice()], "clients": [web()]}
DOCUMENT: dict[str, Any] = {**PEOPLE, "blocks": [PERSON, NETWORK, SERVICE]}


@pytest.fixture
def here(database_url: str) -> Iterator[Desk]:
    made = desk(database_url)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def sqlite_here(new_database: NewDatabase) -> Iterator[Desk]:
    made = desk(new_database("sqlite"))
    made.apply(PEOPLE)
    yield made
    made.database.close()


def tenant_id(here: Desk) -> str:
    return here.configurator.state().tenant.id


def blocking(here: Desk, *wanted: Wanted) -> None:
    for each in wanted:
        Blocking(here.database).set(tenant_id(here), each, Author("cli:test", NOW))


def events(here: Desk) -> list[dict[str, Any]]:
    """Of blocks that were set, the last first."""
    found = AuditLog(here.database).list(tenant_id(here), NOW + timedelta(days=9), 50)
    return [dict(event.data) for event in found if event.type == "block.set"]


@pytest.mark.req("L10", "11.4")
def test_blocks_are_set_once_and_end_what_they_are_about(here: Desk) -> None:
    planned = here.configurator.plan(DOCUMENT, here.references, NOW)
    nothing = blocks_of(here.database, tenant_id(here))
    first = here.apply(DOCUMENT)
    again = here.apply(DOCUMENT)

    account = here.configurator.state().people.find_by_name("alice")
    assert account is not None
    lines = [str(change) for change in planned.changes if change.kind == "block"]
    assert lines == [
        "+ block account alice",
        "+ block address 203.0.113.0/24",
        "+ block client web",
    ]
    assert [str(change) for change in first.changes[-3:]] == lines
    assert again.changes == ()
    assert (nothing.accounts, nothing.clients, nothing.networks) == (frozenset(), frozenset(), ())
    blocks = blocks_of(here.database, tenant_id(here))
    assert (blocks.accounts, blocks.clients) == (frozenset({account.id}), frozenset({"web"}))
    assert [str(network) for network in blocks.networks] == ["203.0.113.0/24"]
    # What another process gives out in the meantime is dead from the start.
    assert account.not_before is not None
    assert account.not_before > NOW
    told = {(event["kind"], event["value"], event["until"]) for event in events(here)}
    assert told == {
        ("account", account.id, UNTIL),
        ("address", "203.0.113.0/24", None),
        ("client", "web", None),
    }


@pytest.mark.req("L10")
def test_reason_and_end_change_and_what_is_left_out_stays(here: Desk) -> None:
    here.apply(DOCUMENT)
    ends = {**NETWORK, "value": "203.0.113.9/24", "expires_at": "2030-01-31T13:00:00+01:00"}
    less = {"blocks": [{"kind": "account", "value": "ALICE"}]}

    (change,) = here.apply({"blocks": [ends]}).changes
    left = here.apply(less)

    assert str(change) == "~ block address 203.0.113.0/24 (expires_at)"
    assert [(one.member, one.old, one.new) for one in differences(change)] == [
        ("expires_at", None, UNTIL)
    ]
    assert left.changes == ()
    exported = here.configurator.export(NOW, with_secrets=False)["blocks"]
    assert exported == [PERSON, {**NETWORK, "expires_at": UNTIL}, SERVICE]
    assert (events(here)[0]["value"], events(here)[0]["until"]) == ("203.0.113.0/24", UNTIL)


@pytest.mark.req("L10")
def test_what_has_ended_is_neither_exported_nor_set(here: Desk) -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    blocking(here, Wanted("address", "198.51.100.7", expires_at=soon))
    before = here.configurator.export(NOW, with_secrets=False)["blocks"]

    after = here.configurator.export(later, with_secrets=False)["blocks"]
    again = here.apply({"blocks": before}, later)
    new = here.apply({"blocks": [{**NETWORK, "expires_at": soon.isoformat()}]}, later)

    assert [entry["value"] for entry in before] == ["198.51.100.7/32"]
    assert after == []
    assert (again.changes, new.changes) == ((), ())
    assert [warning.path for warning in new.warnings] == ["blocks[0].expires_at"]


def test_blocks_of_who_is_gone_are_not_exported(here: Desk) -> None:
    here.apply(DOCUMENT)
    here.configurator.remove(lambda state: removals.remove_account(state, "alice"), here.author)
    here.configurator.remove(lambda state: removals.remove_client(state, "web"), here.author)

    assert here.configurator.export(NOW, with_secrets=False)["blocks"] == [NETWORK]


EARLIEST, LATEST = (NOW.replace(year=year, tzinfo=None) for year in (2027, 9998))
_NETWORKS = st.ip_addresses(v=4).map(str)
_ENDS = st.datetimes(EARLIEST, LATEST, timezones=st.timezones())
_REASONS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


@pytest.mark.req("11.4", "L10")
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    networks=st.dictionaries(_NETWORKS, st.tuples(_REASONS, st.none() | _ENDS), max_size=4),
    is_person=st.booleans(),
    is_client=st.booleans(),
)
def test_an_export_on_an_empty_database_is_the_same(
    new_database: NewDatabase,
    networks: dict[str, tuple[str, Any]],
    is_person: bool,
    is_client: bool,
) -> None:
    one, other = desk(new_database("sqlite")), desk(new_database("sqlite"))
    declared = [
        {"kind": "address", "value": value, "reason": reason}
        | ({} if until is None else {"expires_at": until.isoformat()})
        for value, (reason, until) in networks.items()
    ]
    declared += [PERSON] * is_person + [SERVICE] * is_client
    one.apply({**PEOPLE, "blocks": declared})
    exported = one.configurator.export(NOW, with_secrets=True)

    other.apply(json.loads(json.dumps(exported)))

    assert other.configurator.export(NOW, with_secrets=True) == exported
    assert len(exported["blocks"]) == len(declared)
    assert one.apply(exported).changes == ()
    one.database.close()
    other.database.close()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({**NETWORK, "value": "0.0.0.0/0"}, "blocks[0].value: must be an address or a network"),
        ({**NETWORK, "value": "nowhere"}, "blocks[0].value: must be an address or a network"),
        ({**NETWORK, "value": ""}, "blocks[0].value: must be a line"),
        ({**NETWORK, "value": ["203.0.113.9"]}, "blocks[0].value: must be a line"),
        ({**NETWORK, "kind": "door"}, "blocks[0].kind: must be one of"),
        ({**NETWORK, "kind": []}, "blocks[0].kind: must be one of"),
        ({"kind": "address"}, "blocks[0].value: is missing"),
        ({"value": "203.0.113.9"}, "blocks[0].kind: is missing"),
        ({**NETWORK, "until": UNTIL}, "blocks[0].until: is not known"),
        ({**NETWORK, "reason": "x" * 201}, "blocks[0].reason: must be text of at most 200"),
        ({**NETWORK, "reason": "\ud800"}, "blocks[0].reason: must be text"),
        ({**NETWORK, "reason": "\0"}, "blocks[0].reason: must be text"),
        ({**NETWORK, "reason": 7}, "blocks[0].reason: must be text"),
        ({**NETWORK, "expires_at": "soon"}, "blocks[0].expires_at: must be a time"),
        ({**NETWORK, "expires_at": "2030-01-31T12:00:00"}, "blocks[0].expires_at: must be a time"),
        ({**NETWORK, "expires_at": 1893456000}, "blocks[0].expires_at: must be a time"),
        (
            {**NETWORK, "expires_at": "9999-12-31T23:59:59-12:00"},
            "blocks[0].expires_at: must be a time",
        ),
        ({**PERSON, "value": "nobody"}, "blocks[0].value: there is no account 'nobody'"),
        # As in other sections, accounts go by their user names.
        ({**PERSON, "value": "alice@people.example"}, "blocks[0].value: there is no account"),
        ({**SERVICE, "value": "nobody"}, "blocks[0].value: there is no client 'nobody'"),
        ({**SERVICE, "value": "authwell"}, "blocks[0].value: there is no client"),
    ],
)
def test_what_does_not_fit_is_refused_by_member(
    sqlite_here: Desk, entry: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        sqlite_here.apply({"blocks": [entry]})

    assert problem in str(refused.value)
    assert len(refused.value.problems) == 1


def test_the_same_is_blocked_by_one_entry(sqlite_here: Desk) -> None:
    twice = [NETWORK, {**NETWORK, "value": "203.0.113.77/24"}]

    with pytest.raises(Refused, match=r"blocks\[1\].value: is blocked by another"):
        sqlite_here.apply({"blocks": twice})


def test_a_document_stays_below_what_a_tenant_may_have(sqlite_here: Desk) -> None:
    many = [{"kind": "address", "value": f"10.0.{n // 250}.{n % 250}"} for n in range(1001)]

    with pytest.raises(Refused, match="at most 1000"):
        sqlite_here.apply({"blocks": many})


@pytest.mark.req("L10", "TN-14")
def test_who_is_blocked_is_not_the_superuser_that_is_left(here: Desk) -> None:
    bob = {**alice(roles=["admin"]), "username": "bob", "email": "bob@example.com"}
    here.apply({"accounts": [alice(), bob], "blocks": [PERSON]})
    here.apply({"accounts": [alice(roles=["admin"])]})

    with pytest.raises(LastSuperuser):
        here.apply({"accounts": [{**bob, "roles": []}]})


@pytest.mark.req("L10", "TN-14")
@pytest.mark.parametrize(
    "more",
    [
        {"accounts": [alice(roles=["admin"])]},
        {
            "accounts": [alice()],
            "groups": [{"name": "chiefs", "roles": ["admin"], "members": ["alice"]}],
        },
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_no_file_shuts_out_who_holds_admin(
    new_database: NewDatabase, more: dict[str, Any], at_once: bool
) -> None:
    here = desk(new_database("sqlite"))
    blocks = {"blocks": [PERSON]}
    if not at_once:
        here.apply(more)

    with pytest.raises(Refused, match=r"blocks\[0\].value: Take the role admin away"):
        here.apply({**more, **blocks} if at_once else blocks)

    assert blocks_of(here.database, tenant_id(here)).accounts == frozenset()
    assert (here.configurator.state().people.find_by_name("alice") is None) == at_once
    here.database.close()
