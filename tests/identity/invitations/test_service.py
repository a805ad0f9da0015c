"""Invitations: what the row says counts, and only while it stands (THREATS.md RC-10, RC-11)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from authwell.identity.administration.blocks import Blocking, Wanted
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound
from authwell.identity.configuration.references import References
from authwell.identity.configuration.service import Configurator
from authwell.identity.invitations.acceptance import Guest
from authwell.identity.invitations.service import Wish
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.enrolment import EmailTaken, InvalidRegistration, UsernameTaken
from authwell.protocol.blocks import Kind
from authwell.protocol.model import Account
from authwell.storage.access.edit import edit_access
from authwell.storage.access.reading import list_permissions
from authwell.storage.cleanup import CleanUp
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.people.invitations import InvitationRecord, InvitationRows
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, House, house_on

WEEK = timedelta(days=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house where nobody may register."""
    house = house_on(new_database(request.param), REGISTRATION_ENABLED="false")
    yield house
    house.site.database.close()


def author(house: House) -> Author:
    return Author("cli:root", house.now)


def invite(house: House, email: str = EMAIL, **wish: object) -> InvitationRecord:
    found = Wish(email, **wish)  # type: ignore[arg-type]
    return house.site.invitations.invite(house.server.tenant, found, author(house))


def accept(house: House, token: str, username: str = "ada", password: str = GOOD) -> Account:
    guest = Guest(username, password, "Ada Lovelace")
    return house.site.acceptance.accept(house.server, token, guest)


def is_refused(house: House, token: str) -> bool:
    try:
        accept(house, token)
    except InvalidLink:
        return True
    return False


@pytest.mark.req("RC-10", "K34", "3.6")
def test_who_is_invited_gets_the_account_that_the_row_describes(house: House) -> None:
    invite(house, "Ada@People.example", roles=("editor", "admin"), locale="de")
    ((template, to, values),) = house.letters()

    account = accept(house, values["link"].partition("token=")[2])

    record = house.account()
    assert (template, to) == ("invitation", "Ada@people.example")
    assert (record.id, record.status, record.email_verified) == (account.id, "active", True)
    assert (record.email, set(record.roles)) == ("Ada@people.example", {"admin", "editor"})
    assert isinstance(house.log_in("ada"), Account)


@pytest.mark.req("RC-10")
def test_a_token_is_good_for_one_account_in_its_own_tenant(house: House) -> None:
    invite(house)
    token = house.token()
    tenant = house.server.tenant
    elsewhere = replace(house.server, tenant=replace(tenant, id="another"))

    with pytest.raises(InvalidLink):
        house.site.acceptance.open(elsewhere, token)
    for forged in (token[:-1], token + "x", "", "invite_", "\x00", "\ud800"):
        assert is_refused(house, forged)
    accept(house, token)
    assert is_refused(house, token)


@pytest.mark.req("RC-11")
def test_time_ends_an_invitation_and_not_the_clean_up(house: House) -> None:
    invite(house)
    token = house.token()
    house.move(WEEK)

    assert is_refused(house, token)
    rows = InvitationRows(house.site.database, house.server.tenant.id)
    assert [found.status(house.now) for found in rows.list()] == ["expired"]
    house.move(WEEK + timedelta(days=1))
    assert CleanUp(house.site.database).run(house.now)["invitations"] == 1


@pytest.mark.req("RC-11", "3.6")
def test_what_is_taken_back_works_no_more(house: House) -> None:
    invitation = invite(house)
    token = house.token()
    tenant = house.server.tenant

    house.site.invitations.withdraw(tenant, invitation.id, author(house))

    assert is_refused(house, token)
    for act in (house.site.invitations.withdraw, house.site.invitations.resend):
        with pytest.raises(NotFound):
            act(tenant, invitation.id, author(house))


@pytest.mark.req("RC-11")
def test_the_next_letter_takes_the_place_of_the_last(house: House) -> None:
    first = invite(house)
    first_token = house.token()
    second = invite(house)
    second_token = house.token()
    house.move(timedelta(days=6))
    house.site.invitations.resend(house.server.tenant, second.id, author(house))
    third_token = house.token()
    house.move(timedelta(days=6))

    assert first.id != second.id
    assert is_refused(house, first_token)
    assert is_refused(house, second_token)
    assert accept(house, third_token).username == "ada"


@pytest.mark.req("RC-11", "TN-05")
def test_an_invitation_ends_with_the_account_that_gave_it(house: House) -> None:
    invite(house, "boss@people.example")
    boss = accept(house, house.token(), "boss")
    invite(house, inviter_id=boss.id)
    token = house.token()
    house.rows("UPDATE accounts SET status = 'disabled' WHERE id = :id", id=boss.id)

    assert is_refused(house, token)


@pytest.mark.req("RC-11", "L10")
@pytest.mark.parametrize("kind", ["account", "client"])
def test_an_invitation_waits_while_its_inviter_is_blocked(house: House, kind: Kind) -> None:
    apply_client(house)
    invite(house, "boss@people.example")
    boss = accept(house, house.token(), "boss")
    by: dict[str, str] = {"inviter_id": boss.id} if kind == "account" else {"client_id": "robot"}
    invite(house, **by)
    token = house.token()
    value = boss.id if kind == "account" else "robot"

    blocking = Blocking(house.site.database)
    block = blocking.set(house.server.tenant.id, Wanted(kind, value), author(house))
    was_refused = is_refused(house, token)
    blocking.lift(house.server.tenant.id, block.id, author(house))

    assert was_refused
    assert accept(house, token).username == "ada"


@pytest.mark.req("TN-05")
def test_an_inviter_who_was_demoted_gives_nothing_more_than_they_hold(house: House) -> None:
    with edit_access(house.site.database, house.server.tenant.id, house.now) as edit:
        editor = edit.add_role("editor", "")
        reader, manager = (
            one
            for name in ("document:read", "document:manage")
            for one in list_permissions(edit.transaction, edit.tenant_id)
            if one.name == name
        )
        edit.set_permissions(editor.id, [manager.id])
        edit.set_permissions(edit.add_role("reader", "").id, [reader.id])
    invite(house, "boss@people.example", roles=("admin",))
    boss = accept(house, house.token(), "boss")
    invite(house, "chief@people.example", roles=("admin",))
    accept(house, house.token(), "chief")
    invite(house, roles=("admin", "editor", "reader", "gone"), inviter_id=boss.id)
    token = house.token()
    with house.site.database.transaction() as transaction:
        people = PeopleEdit(transaction, house.server.tenant.id, house.now)
        people.change(boss.id, {"roles": ["reader"]})

    shown = house.site.acceptance.open(house.server, token)
    accept(house, token)

    (row,) = house.rows(
        "SELECT data FROM audit_events WHERE account_id = :id AND type = :type",
        id=house.account().id,
        type="invitation.accepted",
    )
    assert tuple(shown.roles) == tuple(house.account().roles) == ("reader",)
    assert "withheld" in str(row["data"])


def apply_client(house: House, **members: object) -> None:
    """A client that administers for itself, or what becomes of it."""
    entry = {"client_id": "robot", "grant_types": ["client_credentials"], "scope": "admin"}
    secret = {"client_secret": "a-secret-of-more-than-thirty-two-characters"}
    site = house.site
    Configurator.of(site.database, site.settings, Passwords(1)).apply(
        {"clients": [entry | secret | members]},
        References({}, Path(), warn_of_plain=False),
        author(house),
    )


@pytest.mark.req("TN-05")
@pytest.mark.parametrize(("scope", "roles"), [("admin", ["admin"]), ("openid", [])])
def test_a_client_gives_what_it_holds_when_the_letter_is_opened(
    house: House, scope: str, roles: list[str]
) -> None:
    apply_client(house)
    invite(house, roles=("admin", "gone"), client_id="robot")
    token = house.token()
    apply_client(house, scope=scope)

    shown = house.site.acceptance.open(house.server, token)
    accept(house, token)

    assert list(shown.roles) == list(house.account().roles) == roles


@pytest.mark.req("RC-11", "TN-05")
def test_an_invitation_ends_with_the_client_that_sent_it(house: House) -> None:
    apply_client(house)
    made = invite(house, roles=("admin",), client_id="robot")
    token = house.token()

    house.rows("UPDATE clients SET status = 'disabled' WHERE client_id = 'robot'")
    assert is_refused(house, token)
    house.rows("DELETE FROM clients WHERE client_id = 'robot'")
    assert is_refused(house, token)
    house.move(timedelta(seconds=1))
    apply_client(house)
    assert is_refused(house, token)
    house.site.invitations.resend(house.server.tenant, made.id, author(house), client_id="robot")
    accept(house, house.token())
    assert list(house.account().roles) == ["admin"]


@pytest.mark.req("TN-05")
def test_who_sends_it_again_answers_for_what_it_gives(house: House) -> None:
    invite(house, "boss@people.example", roles=("admin",))
    boss = accept(house, house.token(), "boss")
    invite(house, "plain@people.example")
    plain = accept(house, house.token(), "plain")
    made = invite(house, roles=("admin",), inviter_id=plain.id)
    house.letters()

    house.site.invitations.resend(house.server.tenant, made.id, author(house), boss.id)
    accept(house, house.token())

    assert tuple(house.account().roles) == ("admin",)


def test_what_cannot_be_is_refused_and_the_letter_works_on(house: House) -> None:
    invite(house, "boss@people.example")
    accept(house, house.token(), "boss")
    invite(house)
    token = house.token()

    with pytest.raises(InvalidRegistration):
        accept(house, token, password="short")
    with pytest.raises(InvalidRegistration):
        accept(house, token, username="someone@else.example")
    with pytest.raises(UsernameTaken):
        accept(house, token, username="Boss")
    assert accept(house, token, username="").username == EMAIL


def test_a_member_and_what_is_no_address_are_not_invited(house: House) -> None:
    invite(house)
    accept(house, house.token())

    with pytest.raises(EmailTaken):
        invite(house)
    with pytest.raises(InvalidEmail):
        invite(house, "nobody")
    assert house.letters() == []


@pytest.mark.req("AU-17")
def test_an_account_that_a_stranger_registered_is_the_owners_now(
    new_database: NewDatabase,
) -> None:
    house = house_on(new_database("sqlite"))
    house.register("stranger", EMAIL, password=BETTER)
    before = house.account().id
    house.letters()
    invite(house, roles=("editor",))

    account = accept(house, house.token(), "ada")

    record = house.account()
    assert (account.id, record.id) == (before, before)
    assert (record.username, record.status, list(record.roles)) == ("ada", "active", ["editor"])
    assert not isinstance(house.log_in("ada", BETTER), Account)
    assert isinstance(house.log_in("ada"), Account)
    house.site.database.close()


@pytest.mark.req("TN-05")
def test_what_an_address_was_given_before_stays_given(new_database: NewDatabase) -> None:
    house = house_on(new_database("sqlite"))
    house.register("chief", EMAIL, password=BETTER)
    with house.site.database.transaction() as transaction:
        people = PeopleEdit(transaction, house.server.tenant.id, house.now)
        people.change(house.account().id, {"roles": ["admin"]})
    house.letters()
    invite(house, roles=("editor",))

    accept(house, house.token(), "chief")

    assert list(house.account().roles) == ["admin", "editor"]
    house.site.database.close()


@pytest.mark.req("L1")
def test_each_step_is_in_the_audit_log(house: House) -> None:
    first = invite(house, roles=("editor",))
    house.site.invitations.resend(house.server.tenant, first.id, author(house))
    token = house.token()
    other = invite(house, "bob@people.example")
    house.site.invitations.withdraw(house.server.tenant, other.id, author(house))
    accept(house, token)

    rows = house.rows("SELECT type, data FROM audit_events WHERE type LIKE 'invitation.%'")

    types = sorted(row["type"].partition(".")[2] for row in rows)
    assert types == ["accepted", "resent", "sent", "sent", "withdrawn"]
    assert EMAIL not in str(rows)


@pytest.mark.req("RC-10")
def test_the_token_is_nowhere_but_in_the_letter(house: House) -> None:
    invite(house)
    token = house.token()

    kept = str(house.rows("SELECT * FROM invitations")) + str(house.rows("SELECT * FROM outbox"))

    assert token not in kept
