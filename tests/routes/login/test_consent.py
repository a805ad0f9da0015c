"""The consent page: what it asks, what a posted form grants, and that it can be taken back."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from bs4 import Tag

from authwell.identity.clients.consent import revoke
from authwell.protocol.model import Event
from authwell.storage.tokens.consents import Consents
from authwell.utils.randomness import new_id
from tests.routes.login.conftest import Clock, Here, at
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.configuration import API, PASSWORD, account, client
from tests.support.site import SCOPE


def ask(
    here: Here, name: str, browser: Browser | None = None, **changes: str | None
) -> tuple[Browser, httpx2.Response]:
    """The consent page, shown to a new person or to the one of the browser."""
    if browser is not None:
        return browser, here.authorize(browser, "asks", **changes)
    here.apply(accounts=[account(name)])
    browser = here.browser()
    return browser, browser.log_in(here.authorize(browser, "asks", **changes), name, PASSWORD)


def lines(page: httpx2.Response) -> list[str]:
    """What the page says that the client would be able to do."""
    return [" ".join(item.get_text(" ").split()) for item in soup(page).select("li.scope")]


def facts(page: httpx2.Response) -> dict[str, str]:
    """The list of facts below."""
    found = {}
    for term in soup(page).select("dl.facts dt"):
        value = term.find_next_sibling("dd")
        assert isinstance(value, Tag)
        found[term.text] = value.text
    return found


def granted(here: Here, name: str) -> set[str]:
    """The scope of the person's latest grant."""
    (row,) = here.rows(
        "SELECT scope FROM grants JOIN accounts ON accounts.id = account_id"
        " WHERE username = :name ORDER BY grants.created_at DESC, grants.id DESC LIMIT 1",
        name=name,
    )
    return set(str(row["scope"]).split())


def test_the_page_says_who_asks_for_what_and_where_it_leads(here: Here) -> None:
    _, page = ask(here, "reader", scope="read email openid offline_access profile")

    assert at(page) == "/consent"
    assert "Client asks" in page.text
    assert "Reader" in page.text
    assert lines(page) == [
        "See your name and profile",
        "See your email address",
        "Read your data",
        "Keep this access while you are away, until you withdraw it",
    ]
    assert facts(page) == {"Gives access to": "Example API", "Returns you to": "app.example"}


def test_without_any_scope_but_openid_the_page_says_so(here: Here) -> None:
    _, page = ask(here, "bare", scope="openid")

    assert lines(page) == ["Know that it is you"]
    assert facts(page) == {"Returns you to": "app.example"}


def test_scopes_of_every_tenant_are_said_in_the_readers_language(here: Here) -> None:
    _, page = ask(here, "leser", scope="openid email", ui_locales="de")

    assert lines(page) == ["Ihre E-Mail-Adresse sehen"]


def test_allowing_answers_the_client_and_is_remembered(here: Here) -> None:
    browser, page = ask(here, "allows", scope=SCOPE)

    posted = browser.submit(page, {}, button="decision=allow")
    again = here.authorize(browser, "asks", scope=SCOPE)

    assert posted.status_code == 303
    assert answer(posted).code
    assert granted(here, "allows") == set(SCOPE.split())
    assert answer(again).code


@pytest.mark.req("BR-08", "1.12")
def test_what_was_unticked_is_neither_granted_nor_remembered(here: Here) -> None:
    browser, page = ask(here, "picks", scope="openid email read")
    form = form_with(page, "decision")
    fields = [pair for pair in form.filled({}, "decision=allow") if pair != ("scope", "email")]

    answer(browser.request("POST", form.action, data=fields))
    again = here.authorize(browser, "asks", scope="openid email read")

    assert granted(here, "picks") == {"openid", "read"}
    assert has_form(again, "decision")


@pytest.mark.req("BR-08")
def test_extras_in_the_form_are_ignored(here: Here) -> None:
    browser, page = ask(here, "forges", scope="openid read")
    form = form_with(page, "decision")
    extras = [("scope", "write"), ("scope", "admin openid"), ("client_id", "web"), ("account", "x")]

    answer(browser.request("POST", form.action, data=form.filled({}, "decision=allow") + extras))

    assert granted(here, "forges") == {"openid", "read"}


@pytest.mark.req("BR-07")
def test_only_what_is_new_is_marked(here: Here) -> None:
    browser, page = ask(here, "grows", scope="openid read")
    answer(browser.allow(page))

    _, more = ask(here, "grows", browser, scope="openid read write")
    _, again = ask(here, "grows", browser, scope="openid read", prompt="consent")

    assert lines(page) == lines(again) == ["Read your data"]
    assert lines(more) == ["Read your data", "Change your data new"]


@pytest.mark.req("BR-11")
@pytest.mark.parametrize("fields", [{}, {"decision": "yes"}, {"decision": ""}])
def test_a_form_without_a_decision_asks_again(here: Here, fields: dict[str, str]) -> None:
    browser, page = ask(here, f"undecided{len(fields)}{fields.get('decision', '')}")
    form = form_with(page, "decision")

    again = browser.request("POST", form.action, data=[*form.fields, *fields.items()])

    assert again.status_code == 200
    assert has_form(again, "decision")


def test_cancelling_is_access_denied_and_final(here: Here) -> None:
    browser, page = ask(here, "cancels", state="s-1")

    sent = answer(browser.cancel(page))
    late = browser.submit(page, {}, button="decision=allow")

    assert (sent.params["error"], sent.params["state"]) == ("access_denied", "s-1")
    assert late.status_code == 400
    assert "location" not in late.headers


@pytest.mark.req("RU-19")
def test_the_page_is_answered_once(here: Here) -> None:
    browser, page = ask(here, "twice", prompt="consent")

    first = browser.submit(page, {}, button="decision=allow")
    second = browser.submit(page, {}, button="decision=allow")

    assert answer(first).code
    assert second.status_code == 400


@pytest.mark.req("BR-02", "BR-08")
def test_a_page_shown_to_one_person_is_not_answered_as_another(here: Here, clock: Clock) -> None:
    browser, page = ask(here, "first", prompt="consent")
    clock.move(timedelta(minutes=1))
    other = here.authorize(browser, prompt="login")
    answer(browser.log_in(other, "bob", PASSWORD))

    late = browser.submit(page, {}, button="decision=allow")

    assert late.status_code == 400
    assert has_form(browser.open(str(page.url)), "decision")


@pytest.mark.req("BR-11")
def test_the_step_needs_somebody_logged_in(here: Here) -> None:
    browser, page = ask(here, "leaves")
    here.rows(
        "UPDATE sessions SET ended_at = created_at WHERE account_id ="
        " (SELECT id FROM accounts WHERE username = 'leaves')"
    )

    late = browser.submit(page, {}, button="decision=allow")

    assert at(browser.follow(late)) == "/login"


@pytest.mark.req("DR-05")
@pytest.mark.parametrize(
    ("uri", "name"),
    [("com.example.app:/cb", "mobile"), ("com.example.app://bank.example/cb", "misled")],
)
def test_a_native_app_is_known_by_its_scheme(here: Here, uri: str, name: str) -> None:
    here.apply(
        clients=[
            client(
                "app",
                client_secret=None,
                token_endpoint_auth_method="none",
                application_type="native",
                redirect_uris=[uri],
                consent="required",
            )
        ],
        accounts=[account(name)],
    )
    browser = here.browser()

    page = here.authorize(browser, "app", redirect_uri=uri, scope="openid")
    consent = browser.log_in(page, name, PASSWORD)

    assert facts(consent) == {"Returns you to": "com.example.app"}


@pytest.mark.req("1.12", "CD-11")
def test_what_was_allowed_can_be_taken_back(here: Here) -> None:
    browser, page = ask(here, "regrets", scope="openid read", resource=API)
    answer(browser.allow(page))
    (row,) = here.rows("SELECT id, tenant_id FROM accounts WHERE username = 'regrets'")
    key = (str(row["tenant_id"]), str(row["id"]))
    event = Event("consent.revoked", key[0], here.clock.now, account_id=key[1], client_id="asks")
    consents = Consents(here.site.database)

    (before,) = consents.list(*key)
    ended = revoke(here.site.database, event)
    nothing = revoke(here.site.database, replace(event, id=new_id()))

    assert (before.client_id, before.scope) == ("asks", frozenset({"openid", "read"}))
    assert before.resources == {API}
    assert (ended, nothing) == (1, None)
    assert consents.list(*key) == ()
    (grant,) = here.rows("SELECT revoked_reason FROM grants WHERE account_id = :id", id=key[1])
    assert grant["revoked_reason"] == "consent_revoked"
    assert has_form(here.authorize(browser, "asks", scope="openid read"), "decision")
    events = here.rows("SELECT type, client_id FROM audit_events WHERE account_id = :id", id=key[1])
    assert {"type": "consent.revoked", "client_id": "asks"} in events
    assert {"type": "grant.revoked", "client_id": "asks"} in events


ONE_CLAIM: dict[str, str | None] = {
    "scope": "openid",
    "claims": '{"userinfo":{"email":{"essential":true}}}',
}


def told(here: Here, name: str) -> str:
    """The claims that the person's latest grant tells one by one."""
    (row,) = here.rows(
        "SELECT grants.claims FROM grants JOIN accounts ON accounts.id = account_id"
        " WHERE username = :name ORDER BY grants.created_at DESC, grants.id DESC LIMIT 1",
        name=name,
    )
    return str(row["claims"])


@pytest.mark.req("BR-07")
def test_a_single_claim_is_asked_for_and_remembered_like_its_scope(here: Here) -> None:
    browser, page = ask(here, "told", None, **ONE_CLAIM)

    answer(browser.allow(page))
    again = here.authorize(browser, "asks", **ONE_CLAIM)

    assert lines(page) == ["See your email address"]
    assert granted(here, "told") == {"openid"}
    assert "email" in told(here, "told")
    assert answer(again).code


@pytest.mark.req("BR-07", "BR-08")
def test_a_single_claim_that_was_unticked_is_not_told(here: Here) -> None:
    browser, page = ask(here, "untold", None, **ONE_CLAIM)
    form = form_with(page, "decision")
    fields = [pair for pair in form.filled({}, "decision=allow") if pair != ("scope", "email")]

    answer(browser.request("POST", form.action, data=fields))

    assert "email" not in told(here, "untold")
