"""Who enters by what: the table of methods, pending logins, trusted devices."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.identity.factors.checks import Refused
from authwell.identity.factors.levels import EVERY, Lack, Wanted, lack_of
from authwell.identity.factors.second_factors import Taken
from authwell.identity.login.entrance import (
    EnrolmentNeeded,
    Entered,
    Entry,
    Pending,
    SecondFactorNeeded,
)
from authwell.protocol.authentication_context import (
    MULTI_FACTOR,
    PASSWORD,
    PHISHING_RESISTANT,
    classes_of,
    methods_of,
    reached,
)
from authwell.protocol.errors import InvalidGrant
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.access.edit import edit_access
from authwell.storage.login.factors import Enrolled
from tests.identity.conftest import NOW
from tests.identity.conftest import PASSWORD as SECRET
from tests.identity.factors.conftest import Here

MINUTE = timedelta(minutes=1)
BROWSER = "browser_secret"
ANYONE = Enrolled()
APP = Enrolled(totp=True, backup_codes=10)
KEY = Enrolled(passkeys=1)
BOTH = Enrolled(totp=True, passkeys=2, backup_codes=1)
ANYTHING = Wanted()
MFA = Wanted(acr=frozenset({MULTI_FACTOR}))
PHR = Wanted(acr=frozenset({PHISHING_RESISTANT}))
WISH = Wanted(acr=frozenset({PHISHING_RESISTANT}), is_wish=True)
SPARED = Lack(("totp", "backup_code"), may_be_spared=True)

TABLE = (
    (("pwd",), ANYTHING, ANYONE, False, None),
    (("link",), ANYTHING, ANYONE, False, None),
    (("pwd",), ANYTHING, APP, False, SPARED),
    (("link",), ANYTHING, APP, False, SPARED),
    (("pwd", "link"), ANYTHING, APP, False, SPARED),
    (("pwd",), ANYTHING, KEY, False, Lack(("passkey",), may_be_spared=True)),
    (("pwd",), ANYTHING, BOTH, False, Lack(EVERY, may_be_spared=True)),
    (("pwd", "otp"), ANYTHING, APP, True, None),
    (("link", "otp"), ANYTHING, APP, True, None),
    (("pwd", "pop"), ANYTHING, KEY, True, None),
    (("pop", "user", "mfa"), ANYTHING, BOTH, True, None),
    (("pop", "user", "mfa"), PHR, BOTH, True, None),
    (("pop", "otp"), ANYTHING, BOTH, False, Lack(EVERY, may_be_spared=True)),
    (("pwd",), ANYTHING, ANYONE, True, Lack(("passkey", "totp"), enrols=True)),
    (("pwd",), MFA, ANYONE, False, Lack(("passkey", "totp"), enrols=True)),
    (("pwd",), MFA, APP, False, Lack(("totp", "backup_code"))),
    (("pwd", "otp"), PHR, BOTH, False, Lack(("passkey",))),
    (("pwd", "otp"), PHR, APP, False, Lack(("passkey",), enrols=True)),
    (("pwd",), PHR, APP, False, Lack(("totp", "backup_code"))),
    (("pwd",), WISH, APP, False, SPARED),
    (("pwd", "otp"), WISH, APP, False, None),
    (("pwd",), WISH, ANYONE, False, None),
    (("pwd",), WISH, BOTH, False, Lack(("passkey",))),
    (("pwd",), Wanted(acr=frozenset({PASSWORD})), ANYONE, False, None),
    (("pop", "mfa"), Wanted(acr=frozenset({PASSWORD, "x"})), KEY, False, None),
)


@pytest.mark.parametrize(("amr", "wanted", "enrolled", "is_mandatory", "lack"), TABLE)
@pytest.mark.req("MF-04", "MF-05", "E7", "K13")
def test_what_is_missing_is_decided_by_one_table(
    amr: tuple[str, ...],
    wanted: Wanted,
    enrolled: Enrolled,
    *,
    is_mandatory: bool,
    lack: Lack | None,
) -> None:
    assert lack_of(amr, wanted, enrolled, is_mandatory=is_mandatory) == lack


@pytest.mark.parametrize(
    ("shown", "amr", "acr"),
    [
        (("pwd",), ("pwd",), PASSWORD),
        (("link",), ("link",), None),
        (("pwd", "link"), ("pwd", "link"), PASSWORD),
        (("pwd", "otp"), ("pwd", "otp", "mfa"), MULTI_FACTOR),
        (("link", "otp"), ("link", "otp", "mfa"), MULTI_FACTOR),
        (("pwd", "pop"), ("pwd", "pop", "mfa"), PHISHING_RESISTANT),
        (("pop", "user", "mfa"), ("pop", "user", "mfa"), PHISHING_RESISTANT),
        (("pop", "user"), ("pop", "user"), None),
        (("link", "pop"), ("link", "pop", "mfa"), PHISHING_RESISTANT),
    ],
)
@pytest.mark.req("MF-09")
def test_amr_and_acr_tell_what_was_shown(
    shown: tuple[str, ...], amr: tuple[str, ...], acr: str | None
) -> None:
    assert methods_of(shown) == amr
    assert reached(amr) == acr


@pytest.mark.req("MF-09")
def test_a_passkey_alone_is_no_password() -> None:
    assert classes_of(("pop", "mfa")) == {MULTI_FACTOR, PHISHING_RESISTANT}


def test_without_factors_a_password_enters(here: Here) -> None:
    entered = here.entered(here.people.add("anna"), "pwd")

    assert entered.session.amr == ("pwd",)


@pytest.mark.req("MF-04", "BR-11")
def test_a_password_starts_no_session_where_there_is_an_app(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    entry = here.enter(anna, "pwd")

    assert isinstance(entry, SecondFactorNeeded)
    assert entry.methods == ("totp", "backup_code")
    assert here.people.sessions.find(here.at().tenant.id, entry.token, NOW) is None
    assert "login.succeeded" not in [kind for kind, _ in here.people.events(anna)]


def pending(here: Here, token: str, browser: str | None = BROWSER) -> Pending | None:
    """The login that waits."""
    return here.entrance.pending(here.at(), token, browser)


def waiting(here: Here, account: Account) -> Pending:
    """A login of the account that waits in the browser."""
    entry = here.enter(account, "pwd", browser=BROWSER)
    assert isinstance(entry, SecondFactorNeeded)
    found = pending(here, entry.token)
    assert found is not None
    return found


@pytest.mark.req("MF-04", "MF-09")
def test_the_second_factor_makes_a_session_of_both(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    found = waiting(here, anna)

    later = here.at(MINUTE)
    entry = here.entrance.go_on(later, found, {"otp": later.now}, browser=BROWSER)

    assert isinstance(entry, Entered)
    assert entry.session.amr == ("pwd", "otp", "mfa")
    assert entry.session.acr == MULTI_FACTOR
    assert entry.session.auth_time == NOW
    assert entry.session.methods == {"pwd": NOW, "otp": later.now}


@pytest.mark.req("BR-11")
def test_a_waiting_login_goes_on_once(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    found = waiting(here, anna)

    def go_on() -> Entry | None:
        return here.entrance.go_on(here.at(), found, {"otp": NOW}, browser=BROWSER)

    assert isinstance(go_on(), Entered)
    assert go_on() is None


@pytest.mark.req("BR-11", "MF-04")
def test_a_waiting_login_is_its_browsers_and_ends_after_ten_minutes(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    entry = here.enter(anna, "pwd", browser=BROWSER)
    assert isinstance(entry, SecondFactorNeeded)

    assert pending(here, entry.token) is not None
    assert pending(here, entry.token, "browser_other") is None
    assert pending(here, entry.token, None) is None
    assert here.entrance.pending(here.at(10 * MINUTE), entry.token, BROWSER) is None


@pytest.mark.req("MF-04")
def test_a_login_of_the_api_is_no_browsers(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    entry = here.enter(anna, "pwd")
    assert isinstance(entry, SecondFactorNeeded)

    assert pending(here, entry.token, None) is not None
    assert pending(here, entry.token, BROWSER) is None


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"not_before": NOW + MINUTE}])
@pytest.mark.req("MF-04")
def test_a_waiting_login_ends_with_the_account_or_its_password(
    here: Here, change: dict[str, object]
) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    entry = here.enter(anna, "pwd", browser=BROWSER)
    assert isinstance(entry, SecondFactorNeeded)

    here.people.change(anna, **change)

    assert pending(here, entry.token) is None


@pytest.mark.req("SE-01", "MF-09")
def test_a_step_up_goes_on_in_the_session_under_a_new_handle(here: Here) -> None:
    anna = here.people.add("anna")
    first = here.entered(anna, "pwd")
    here.enrol(anna)

    later = here.at(MINUTE)
    needed = here.enter(anna, wanted=MFA, present=first.session, server=later, browser=BROWSER)
    assert isinstance(needed, SecondFactorNeeded)
    found = here.entrance.pending(later, needed.token, BROWSER, first.session)
    assert found is not None
    entry = here.entrance.go_on(later, found, {"otp": later.now}, first.session, BROWSER)

    assert isinstance(entry, Entered)
    assert entry.cookie != first.cookie
    assert entry.session.id == first.session.id
    assert entry.session.amr == ("pwd", "otp", "mfa")
    assert entry.session.auth_time == NOW
    assert here.people.sessions.find(later.tenant.id, first.cookie, later.now) is None


@pytest.mark.req("MF-05", "BR-11")
def test_a_step_up_ends_with_its_session(here: Here) -> None:
    anna = here.people.add("anna")
    first = here.entered(anna, "pwd").session

    needed = here.enter(anna, wanted=MFA, present=first, browser=BROWSER)

    assert isinstance(needed, EnrolmentNeeded)
    assert here.entrance.pending(here.at(), needed.token, BROWSER, first) is not None
    assert here.entrance.pending(here.at(), needed.token, BROWSER) is None


@pytest.mark.req("MF-09", "BR-10")
def test_what_is_too_old_for_the_request_does_not_count(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    session = here.entered(anna, "pwd", "otp").session
    later = here.at(MINUTE)

    fresh = Wanted(since=later.now)
    entry = here.enter(anna, "pwd", wanted=fresh, present=session, server=later)
    relaxed = here.enter(anna, "pwd", present=session, server=later)

    assert isinstance(entry, SecondFactorNeeded)
    assert isinstance(relaxed, Entered)
    assert relaxed.session.methods == {"pwd": later.now, "otp": NOW}


@pytest.mark.req("MF-04")
def test_nothing_is_counted_of_somebody_else_in_the_browser(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    here.enrol(anna)
    here.enrol(bert)
    of_bert = here.entered(bert, "pwd", "otp").session

    assert isinstance(here.enter(anna, "pwd", present=of_bert), SecondFactorNeeded)


@pytest.mark.req("E7", "K13")
def test_a_tenant_may_demand_a_second_factor_of_all_or_of_a_role(here: Here) -> None:
    anna = here.people.add("anna")
    root = here.people.add("root", roles=["admin"])

    everybody = here.demanding(mfa="required")
    admins = here.demanding(mfa_required_roles=frozenset({"admin"}))

    assert isinstance(here.enter(anna, "pwd", server=everybody), EnrolmentNeeded)
    assert isinstance(here.enter(anna, "pwd", server=admins), Entered)
    assert isinstance(here.enter(root, "pwd", server=admins), EnrolmentNeeded)


@pytest.mark.req("E7", "K13", "I10")
def test_a_role_that_comes_by_a_group_and_a_parent_demands_a_second_factor_too(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    with edit_access(here.people.database, here.people.server.tenant.id, NOW) as edit:
        signer, boss = edit.add_role("signer", ""), edit.add_role("boss", "")
        edit.set_parents(boss.id, [signer.id])
        group = edit.add_group("bosses", "")
        edit.set_group_roles(group.id, [boss.id])
        edit.add_member(group.id, anna.id)

    signers = here.demanding(mfa_required_roles=frozenset({"signer"}))

    assert isinstance(here.enter(anna, "pwd", server=signers), EnrolmentNeeded)
    assert isinstance(here.enter(bert, "pwd", server=signers), Entered)


@pytest.mark.req("E7")
def test_the_last_factor_cannot_be_removed_where_one_is_demanded(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    refused = here.factors.remove_totp(here.demanding(mfa="required"), anna)

    assert refused == Refused("mfa_required")


def on_device(here: Here, account: Account, cookie: str, days: int = 30) -> Entry:
    """A login by password with a device that the account trusts from now on."""
    caller = replace(here.people.server.caller, device=cookie)
    server = replace(here.people.server, caller=caller)
    here.enter(account, "pwd", "otp", server=server)
    device = here.people.devices.known(server.tenant.id, account.id, caller)
    assert device is not None
    until = NOW + timedelta(days=days)
    here.people.devices.trust(server.tenant.id, account.id, device.id, until)
    return here.enter(account, "pwd", server=server)


@pytest.mark.req("MF-10")
def test_a_trusted_device_is_spared_and_says_so(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    entry = on_device(here, anna, "awd_1")

    assert isinstance(entry, Entered)
    assert entry.session.amr == ("pwd",)


@pytest.mark.req("MF-10")
def test_trust_is_one_persons_ends_and_yields_to_demands(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    here.enrol(anna)
    here.enrol(bert)
    on_device(here, anna, "awd_1")
    there = replace(here.people.server, caller=replace(here.at().caller, device="awd_1"))
    forbidden = replace(here.demanding(trusted_device_lifetime=None), caller=there.caller)

    assert isinstance(here.enter(bert, "pwd", server=there), SecondFactorNeeded)
    assert isinstance(here.enter(anna, "pwd", server=forbidden), SecondFactorNeeded)
    assert isinstance(here.enter(anna, "pwd", wanted=MFA, server=there), SecondFactorNeeded)
    assert isinstance(
        here.enter(anna, "pwd", server=replace(there, now=NOW + timedelta(days=31))),
        SecondFactorNeeded,
    )


@pytest.mark.req("MF-10", "L8", "2.11")
def test_a_suspicious_login_trusts_no_device(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    on_device(here, anna, "awd_1")
    for _ in range(3):
        here.people.login.authenticate(here.at(), "anna", "wrong")
    there = replace(here.people.server, caller=replace(here.at().caller, device="awd_1"))
    policy = {"suspicious_activity": {"many_failures": "step_up"}}
    wary = replace(there, tenant=replace(there.tenant, people_policy=policy))

    assert isinstance(here.enter(anna, "pwd", server=there), Entered)
    for _ in range(3):
        here.people.login.authenticate(here.at(), "anna", "wrong")
    entry = here.enter(anna, "pwd", server=wary)

    assert isinstance(entry, SecondFactorNeeded)
    kinds = [kind for kind, _ in here.people.events(anna)]
    assert kinds[-1] == "login.suspicious"


@pytest.mark.req("MF-10", "MF-05")
def test_no_device_is_trusted_after_a_factor_was_removed(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    on_device(here, anna, "awd_1")

    assert here.factors.remove_totp(here.at(), anna) is None

    (device,) = here.people.devices.list(here.at().tenant.id, anna.id)
    assert device.trusted_until is None
    assert not here.factors.enrolled(here.at(), anna).backup_codes
    assert [letter.template for letter in here.letters()] == ["factor_added", "factor_removed"]
    kinds = [kind for kind, _ in here.people.events(anna)]
    assert kinds.index("factor.added") < kinds.index("factor.removed")


@pytest.mark.req("MF-04", "AU-07")
def test_the_password_grant_is_no_way_round(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    here.enrol(anna)

    def by_password(account: Account, server: AuthorizationServer) -> Account | None:
        people = here.people.login.people(server.tenant, server.now, server.caller)
        return people.authenticate_password(account.username, SECRET)

    with pytest.raises(InvalidGrant) as refused:
        by_password(anna, here.at())
    with pytest.raises(InvalidGrant):
        by_password(bert, here.demanding(mfa="required"))

    assert refused.value.rule == "mfa_password_grant"
    assert by_password(bert, here.at()) == bert
    assert "login.succeeded" not in [kind for kind, _ in here.people.events(anna)]


def test_an_administrator_resets_factors(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)
    on_device(here, anna, "awd_1")

    event = here.at().event(EventType.FACTORS_RESET, account=anna)
    assert here.factors.reset(here.at(), anna, event) == Taken(0, had_app=True)

    assert here.factors.enrolled(here.at(), anna) == ANYONE
    assert here.people.devices.list(here.at().tenant.id, anna.id)[0].trusted_until is None
    assert isinstance(here.enter(anna, "pwd"), Entered)
    assert here.people.events(anna)[-2][0] == EventType.FACTORS_RESET
