"""Connected applications: seen, and their access taken back (FEATURES.md 1.12, 6.5)."""

import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import ISSUER, Here
from tests.support.browser import Browser, answer, has_form, soup
from tests.support.configuration import account, secret_of
from tests.support.site import VERIFIER, basic

PATH = "/account/applications"
NAME = "Fernwood <b>Library</b>"


@pytest.fixture
def erin(here: Here) -> Browser:
    """The browser of somebody who has allowed nothing yet."""
    here.rows("DELETE FROM accounts WHERE username_canonical = 'erin'")
    here.apply(accounts=[account("erin")])
    return logged_in(here, "erin")


def tokens(here: Here, browser: Browser, client_id: str = "shown") -> dict[str, str]:
    """The tokens that a client gets for whoever is logged in."""
    asked = here.authorize(browser, client_id)
    code = answer(browser.allow(asked) if has_form(asked, "decision") else asked).code
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://app.example/cb",
        "code_verifier": VERIFIER,
    }
    headers = basic(client_id, secret_of(client_id))
    redeemed = here.http.post(f"{ISSUER}/oauth/token", data=fields, headers=headers)
    assert redeemed.status_code == 200, redeemed.text
    return dict(redeemed.json())


def test_a_person_who_allowed_nothing_is_told_so(erin: Browser) -> None:
    assert "No application has access" in shown(page(erin, PATH))


@pytest.mark.req("6.5")
def test_each_application_is_listed_with_what_it_may_do(here: Here, erin: Browser) -> None:
    tokens(here, erin)
    tokens(here, erin)

    listed = page(erin, PATH)

    text = shown(listed)
    assert NAME in text
    assert not soup(listed).main.find("b")  # type: ignore[union-attr]
    assert "See your email address" in text
    assert "Since Nov 21, 2026" in text
    assert "also while you are away" in text
    assert "Access in use: 2" in text


@pytest.mark.req("1.12", "6.5", "CD-11")
def test_taking_access_back_ends_tokens_and_consent(here: Here, erin: Browser) -> None:
    got = tokens(here, erin)
    waiting = answer(here.authorize(erin, "shown")).code

    done = erin.follow(erin.submit(page(erin, PATH), {}, button="client_id=shown"))

    headers = basic("shown", secret_of("shown"))
    refresh = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    code = {
        "grant_type": "authorization_code",
        "code": waiting,
        "redirect_uri": "https://app.example/cb",
        "code_verifier": VERIFIER,
    }
    refused = [
        here.http.post(f"{ISSUER}/oauth/token", data=fields, headers=headers)
        for fields in (refresh, code)
    ]
    userinfo = here.http.get(
        f"{ISSUER}/oauth/userinfo", headers={"Authorization": f"Bearer {got['access_token']}"}
    )
    assert "has no access to your account any more" in shown(done)
    assert "No application has access" in shown(done)
    assert [response.json()["error"] for response in refused] == ["invalid_grant"] * 2
    assert userinfo.status_code == 401
    assert has_form(here.authorize(erin, "shown"), "decision")
    (event,) = here.rows(
        "SELECT client_id, account_id FROM audit_events WHERE type = 'consent.revoked'"
        " ORDER BY at DESC, id DESC LIMIT 1"
    )
    assert event["client_id"] == "shown"


@pytest.mark.req("6.5", "BR-08")
def test_nobody_elses_access_can_be_taken(here: Here, erin: Browser) -> None:
    tokens(here, erin)
    other = logged_in(here, "carol")
    form = soup(page(other, "/account/profile")).find("input", {"name": "csrf_token"})
    assert form is not None

    sent = other.request(
        "POST", PATH, data={"csrf_token": str(form["value"]), "client_id": "shown"}
    )

    assert sent.status_code == 303
    assert NAME in shown(page(erin, PATH))


@pytest.mark.parametrize("odd", ["", "nobody", "x" * 5000])
def test_an_odd_client_is_no_error(erin: Browser, odd: str) -> None:
    form = soup(page(erin, "/account/profile")).find("input", {"name": "csrf_token"})
    assert form is not None

    sent = erin.request("POST", PATH, data={"csrf_token": str(form["value"]), "client_id": odd})

    assert sent.status_code == 303
