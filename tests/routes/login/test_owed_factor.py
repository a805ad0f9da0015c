"""A role, a group or a policy that wants a second factor comes after the login (K13, MF-04)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Here, MakeHere, at
from tests.support.apps import add_app, app_of
from tests.support.browser import Browser, answer, form_with, soup
from tests.support.configuration import PASSWORD, account

_COUNT = iter(range(1000))
ROLES: list[dict[str, Any]] = [{"name": "guarded"}, {"name": "above", "parents": ["guarded"]}]


def demand(here: Here, **policy: Any) -> None:
    """Let the tenant have this policy."""
    here.apply(tenants=[{"slug": "default", "name": "Example", "policy": policy}])


@pytest.fixture(scope="module")
def guarding(make_here: MakeHere) -> Here:
    """A tenant of which one role must have two factors."""
    here = make_here()
    here.apply(roles=ROLES)
    demand(here, mfa_required_roles=["guarded"])
    return here


def logged_in(here: Here, *, with_app: bool = False) -> tuple[str, Browser]:
    """Somebody new who has shown a password, and who may have an app by now."""
    name, browser = f"owing{next(_COUNT)}", here.browser()
    here.apply(accounts=[account(name)])
    answer(browser.log_in(here.authorize(browser), name, PASSWORD))
    if with_app:
        add_app(here.site, here.clock, name)
    return name, browser


def confirm(here: Here, browser: Browser, path: str) -> httpx2.Response:
    """The page after the password that a page of ours asks for again."""
    asked = browser.open(f"{ISSUER}{path}")
    assert at(asked) == "/account/confirm"
    return browser.follow(
        browser.submit(asked, {"password": PASSWORD}, form=form_with(asked, "password"))
    )


@pytest.mark.req("K13", "MF-04", "MF-05", "SE-01")
def test_a_session_goes_on_after_a_factor_was_set_up(guarding: Here) -> None:
    name, browser = logged_in(guarding)
    assert at(browser.open(f"{ISSUER}/account")) == "/account"
    guarding.apply(accounts=[account(name, roles=["guarded"])])

    silent = answer(guarding.authorize(browser, prompt="none"))
    asked = guarding.authorize(browser)
    page = confirm(guarding, browser, "/account/profile")
    secret = soup(page).find("code", class_="secret")
    assert secret is not None
    codes = browser.submit(page, {"code": app_of(secret.get_text()).at(guarding.clock())})

    assert silent.params["error"] == "login_required"
    assert (at(asked), at(page)) == ("/second-factor/enrol", "/second-factor/enrol")
    assert codes.status_code == 200
    assert at(browser.open(f"{ISSUER}/account/profile")) == "/account/profile"
    assert answer(guarding.authorize(browser, prompt="none")).code
    (row,) = guarding.rows(
        "SELECT count(*) AS number FROM sessions JOIN accounts ON accounts.id = account_id"
        " WHERE username = :name AND ended_at IS NULL",
        name=name,
    )
    assert row["number"] == 1


@pytest.mark.req("K13", "MF-04", "1.11")
def test_a_request_asks_for_the_factor_that_somebody_has(guarding: Here) -> None:
    name, browser = logged_in(guarding)
    guarding.apply(accounts=[account(name, roles=["above"])])
    app = add_app(guarding.site, guarding.clock, name)

    page = guarding.authorize(browser)

    assert at(page) == "/second-factor"
    assert answer(browser.follow(browser.submit(page, {"code": app.code}))).code
    assert at(browser.open(f"{ISSUER}/account")) == "/account"


@pytest.mark.req("K13", "MF-04", "TN-05")
def test_a_group_that_makes_administrators_opens_no_console_by_a_password(here: Here) -> None:
    name, browser = logged_in(here, with_app=True)
    here.apply(groups=[{"name": "chiefs", "roles": ["admin"], "members": [name]}])
    before = at(browser.open(f"{ISSUER}/console/users"))

    demand(here, mfa_required_roles=["admin"])
    refused = browser.get(f"{ISSUER}/console/users")
    demand(here)

    told = urlsplit(refused.headers["location"])
    assert before == "/console/users"
    assert (told.path, parse_qs(told.query)) == (
        "/account/confirm",
        {"return_to": ["/console/users"]},
    )
    assert at(browser.open(f"{ISSUER}/console/users")) == "/console/users"


@pytest.mark.req("K13", "MF-04")
def test_a_policy_that_wants_it_of_all_asks_at_each_door(here: Here) -> None:
    _, browser = logged_in(here)
    form = browser.open(f"{ISSUER}/account/profile")

    demand(here, mfa="required")
    sent = browser.submit(form, {"full_name": "Somebody Else"})
    asked = here.authorize(browser)
    demand(here)

    assert (sent.status_code, at(sent)) == (303, "/account/confirm")
    assert at(asked) == "/second-factor/enrol"
    assert "Somebody Else" not in browser.open(f"{ISSUER}/account/profile").text


@pytest.mark.req("K13", "MF-10")
def test_a_trusted_device_is_spared_until_its_time_is_over(make_here: MakeHere) -> None:
    here = make_here()
    name, _ = logged_in(here)
    app, other = add_app(here.site, here.clock, name), here.browser()
    demand(here, mfa="required")
    page = other.log_in(here.authorize(other), name, PASSWORD)
    trusted = form_with(page, "code")
    answer(other.follow(other.submit(page, {"code": app.code, "trust": "1"}, form=trusted)))
    here.clock.move(timedelta(days=20))
    answer(other.log_in(here.authorize(other, prompt="login"), name, PASSWORD))

    spared = answer(here.authorize(other, prompt="none"))
    pages = at(other.open(f"{ISSUER}/account"))
    here.clock.move(timedelta(days=15))
    over = here.authorize(other)

    assert spared.code
    assert pages == "/account"
    assert at(over) == "/second-factor"


@pytest.mark.req("K13", "MF-05")
def test_who_has_none_sets_one_up_only_after_a_login_of_just_now(here: Here) -> None:
    name, browser = logged_in(here)
    demand(here, mfa="required")
    here.clock.move(timedelta(minutes=6))

    asked = here.authorize(browser)
    page = browser.log_in(asked, name, PASSWORD)
    demand(here)

    assert (at(asked), at(page)) == ("/login", "/second-factor/enrol")
