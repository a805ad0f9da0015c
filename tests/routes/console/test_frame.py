"""The frame of the console: who gets in, from where, and what the pages are sent with."""

import re
from datetime import timedelta

import pytest

from authwell.middleware.console_pages import SECTIONS
from tests.routes.console.conftest import at_console, page
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, forms, has_form, soup
from tests.support.configuration import PASSWORD, account

PAGES = ("/console", *(f"/console/{section.name}" for section in SECTIONS))


@pytest.mark.req("BR-06", "BR-11")
@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_a_page_leads_to_the_login_and_back(
    here: Here, admin: Browser, path: str
) -> None:
    browser = here.browser()

    sent = browser.get(f"{ISSUER}{path}")
    back = browser.log_in(browser.follow(sent), "zoe", PASSWORD)

    assert (sent.status_code, at(sent)) == (303, "/login")
    assert (back.status_code, at(back)) == (200, path)


@pytest.mark.req("AU-21")
@pytest.mark.parametrize("path", PAGES)
def test_who_administers_nothing_sees_nothing(here: Here, path: str) -> None:
    browser = at_console(here, "carol")

    answer = browser.get(f"{ISSUER}{path}")

    assert answer.status_code == 403
    assert "alice" not in answer.text


def test_a_role_that_is_taken_away_counts_at_once(here: Here) -> None:
    here.apply(accounts=[account("yves", roles=["admin"])])
    browser = at_console(here, "yves")
    assert browser.get(f"{ISSUER}/console").status_code == 200

    here.apply(accounts=[account("yves", roles=[])])

    assert browser.get(f"{ISSUER}/console").status_code == 303


def sent_forms(here: Here) -> list[str]:
    """The address of every form that changes something; `<x>` stands for any id."""
    rules = [
        rule.rule
        for rule in here.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and rule.methods and "POST" in rule.methods
    ]
    assert len(rules) > 20
    return [re.sub("<[a-z_]+>", "x", rule) for rule in rules]


@pytest.mark.req("MF-05")
def test_every_form_needs_a_login_of_just_now(here: Here, admin: Browser) -> None:
    (form,) = [each for each in forms(page(admin, "/console/users/new")) if each.method == "POST"]
    here.clock.move(timedelta(minutes=6))

    paths = sent_forms(here)
    token = {"csrf_token": form.value("csrf_token")}
    empty = {path: admin.request("POST", f"{ISSUER}{path}", data=token) for path in paths}
    typed = {path: admin.request("POST", f"{ISSUER}{path}", data=form.fields) for path in paths}

    assert [path for path, answer in empty.items() if at(answer) != "/account/confirm"] == []
    assert {answer.status_code for answer in typed.values()} == {403}
    assert [path for path, answer in typed.items() if not has_form(answer, "kept_form")] == []


@pytest.mark.req("MF-05")
def test_colours_are_kept_for_who_has_logged_in_just_now(here: Here, admin: Browser) -> None:
    here.clock.move(timedelta(minutes=6))
    shown = page(admin, "/console/branding")
    (link,) = soup(shown).select(".buttons a")

    asked = admin.open(f"{ISSUER}{link['href']}")
    back = admin.follow(admin.submit(asked, {"password": PASSWORD}))

    assert at(back) == "/console/branding"
    assert soup(back).select(".buttons a") == []


@pytest.mark.req("BR-02")
def test_no_form_is_taken_without_its_token(here: Here, admin: Browser) -> None:
    missing = [admin.request("POST", path, data={"name": "eve"}) for path in sent_forms(here)]

    assert {answer.status_code for answer in missing} == {400}
    assert {soup(answer).find("code").get_text() for answer in missing} == {"csrf"}  # type: ignore[union-attr]


@pytest.mark.req("BR-01", "BR-05", "BR-13")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_headers_of_a_page(admin: Browser, path: str) -> None:
    headers = page(admin, path).headers

    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "form-action 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_the_menu_says_where_one_is(admin: Browser, path: str) -> None:
    marked = soup(page(admin, path)).select(".menu-open [aria-current=page]")

    assert [link["href"] for link in marked] == [path]


@pytest.mark.parametrize("text", ["%00", "..%2F", "x" * 300])
@pytest.mark.parametrize("place", ["users", "sessions", "client", "keys/rotate", "simulate"])
def test_what_is_not_there_is_not_found(admin: Browser, place: str, text: str) -> None:
    answer = admin.get(f"{ISSUER}/console/{place}/{text}")

    assert answer.status_code in (404, 303)


@pytest.mark.parametrize("path", PAGES)
def test_an_odd_query_is_no_error(admin: Browser, path: str) -> None:
    odd = "before=%00&after=%00&cursor=x&user=%00&status=x&q=%00&find=%00&limit=-1"

    answer = admin.get(f"{ISSUER}{path}?{odd}")

    assert answer.status_code in (200, 400)
