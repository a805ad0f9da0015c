"""Making an account on the pages, and the link that verifies it."""

import re
from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.letters import take_letter, take_letters, token_of

GOOD = "Correct-Horse-7-Battery"
_numbers = count(1)


def somebody(**changes: str) -> dict[str, str]:
    """What a new person types."""
    number = next(_numbers)
    typed = {"username": f"person{number}", "email": f"person{number}@people.example"}
    return {**typed, "full_name": "", "password": GOOD, **changes}


def fill(browser: Browser, page: httpx2.Response, typed: dict[str, str]) -> httpx2.Response:
    return browser.follow(browser.submit(page, typed))


def link_of(here: Here) -> str:
    return take_letter(here.site, "verify_email").values["link"]


def open_and_confirm(browser: Browser, link: str) -> httpx2.Response:
    return browser.follow(browser.submit(browser.open(link), {"token": link.partition("=")[2]}))


@pytest.mark.req("D1", "C12", "2.1", "BR-09")
def test_from_a_client_through_registration_and_mail_back_to_the_client(
    here: Here, clock: Clock
) -> None:
    browser = here.browser()
    page = browser.open(link_to_registration(here.authorize(browser)))

    sent = fill(browser, page, somebody())
    back = open_and_confirm(browser, link_of(here))

    assert at(sent) == "/register/sent"
    assert answer(back).code
    assert answer(back).params["state"] == "state-1"


def link_to_registration(login: httpx2.Response) -> str:
    (link,) = [a for a in soup(login).find_all("a") if a.get_text() == "Create an account"]
    return str(link["href"])


@pytest.mark.req("BR-06")
def test_prompt_create_leads_to_the_page_and_back(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = here.authorize(browser, prompt="create", login_hint="new@people.example")

    fill(browser, page, somebody(email="new@people.example"))
    back = open_and_confirm(browser, link_of(here))

    assert at(page) == "/register"
    assert form_with(page, "email").value("email") == "new@people.example"
    assert answer(back).code


def test_prompt_create_is_offered(here: Here) -> None:
    offered = here.http.get(f"{ISSUER}/.well-known/openid-configuration").json()

    assert "create" in offered["prompt_values_supported"]


@pytest.mark.req("RC-04")
def test_opening_the_link_changes_nothing(here: Here, clock: Clock) -> None:
    browser, typed = here.browser(), somebody()
    fill(browser, browser.open(f"{ISSUER}/register"), typed)
    link = link_of(here)

    pages = [here.browser().get(link), browser.get(link), browser.get(link)]

    assert {page.status_code for page in pages} == {200}
    assert all(page.headers["referrer-policy"] == "no-referrer" for page in pages)
    assert all(page.headers["cache-control"] == "no-store" for page in pages)
    (row,) = here.rows("SELECT status FROM accounts WHERE username = :u", u=typed["username"])
    assert row["status"] == "pending"
    assert at(open_and_confirm(browser, link)) == "/"


@pytest.mark.req("AU-17")
def test_in_another_browser_the_owner_chooses_a_password(here: Here, clock: Clock) -> None:
    browser, typed = here.browser(), somebody()
    registering = here.browser()
    fill(registering, registering.open(f"{ISSUER}/register"), typed)
    link = link_of(here)
    page = browser.open(link)

    without = browser.submit(page, {"password": ""})
    weak = browser.submit(page, {"password": "short"})
    done = browser.follow(browser.submit(page, {"password": "Other-Horse-8-Battery"}))

    assert (without.status_code, weak.status_code) == (422, 422)
    assert "Error:" in soup(weak).title.get_text()  # type: ignore[union-attr]
    assert at(done) == "/"
    assert refuses(here, typed["username"], GOOD)
    assert not refuses(here, typed["username"], "Other-Horse-8-Battery")


def refuses(here: Here, username: str, password: str) -> bool:
    browser = here.browser()
    form = {"username": username, "password": password}
    return browser.submit(browser.open(f"{ISSUER}/login"), form).status_code == 422


@pytest.mark.req("C9")
def test_before_that_the_right_password_is_refused_like_a_wrong_one(
    here: Here, clock: Clock
) -> None:
    browser, typed = here.browser(), somebody()
    fill(browser, browser.open(f"{ISSUER}/register"), typed)
    take_letters(here.site)

    def tried(password: str) -> str:
        other = here.browser()
        form = {"username": typed["username"], "password": password}
        text = other.submit(other.open(f"{ISSUER}/login"), form).text
        return re.sub(r'(value|nonce)="[^"]+"|[0-9a-f-]{36}', "", text)

    assert tried(GOOD) == tried("wrong")
    assert "Confirm your email address first" in tried(GOOD)


@pytest.mark.req("AU-01", "K41")
def test_a_taken_address_gets_the_answer_of_a_new_one(here: Here, clock: Clock) -> None:
    here.rows("UPDATE accounts SET email = 'bob@people.example', email_canonical = "
              "'bob@people.example', email_verified = true WHERE username = 'bob'")  # fmt: skip

    def answered(email: str) -> tuple[int, str, list[str], str]:
        browser = here.browser()
        page = browser.open(f"{ISSUER}/register")
        response = browser.submit(page, somebody(email=email))
        shown = browser.follow(response)
        text = re.sub(r'(value|nonce)="[^"]+"|[0-9a-f-]{36}', "", shown.text)
        names = sorted(name for name in response.headers if name != "date")
        return response.status_code, response.headers["location"], names, text

    new, taken = answered("fresh@people.example"), answered("bob@people.example")

    assert new == taken
    assert [letter.template for letter in take_letters(here.site)] == [
        "verify_email",
        "already_registered",
    ]


@pytest.mark.req("C1", "K41")
def test_what_is_wrong_stands_beside_its_field_and_what_was_right_stays(here: Here) -> None:
    browser = here.browser()
    page = browser.open(f"{ISSUER}/register")

    typed = somebody(username="alice", full_name="Alice <b>")
    taken = browser.submit(page, typed)
    wrong = browser.submit(page, somebody(username="a@b", email="nobody", password="x"))

    assert (taken.status_code, wrong.status_code) == (422, 422)
    assert "This user name is taken" in soup(taken).find(id="username-error").get_text()  # type: ignore[union-attr]
    assert form_with(taken, "email").value("email") == typed["email"]
    assert form_with(taken, "email").value("full_name") == "Alice <b>"
    assert form_with(taken, "email").value("password") == ""
    found = {element["id"] for element in soup(wrong).find_all(class_="field-error")}
    assert found == {"username-error", "email-error", "password-error"}
    assert take_letters(here.site) == []


@pytest.mark.req("BR-02")
def test_a_form_of_another_place_makes_no_account(here: Here) -> None:
    browser = here.browser()
    browser.open(f"{ISSUER}/register")

    for data in (somebody(), {**somebody(), "csrf_token": "x"}):
        assert browser.request("POST", "/register", data=data).status_code == 400
    assert take_letters(here.site) == []


@pytest.mark.req("BR-09")
def test_a_request_of_another_browser_is_not_gone_on_with(here: Here, clock: Clock) -> None:
    attacker, victim = here.browser(), here.browser()
    page = attacker.open(link_to_registration(here.authorize(attacker)))
    fill(attacker, page, somebody())

    opened = victim.open(link_of(here))
    done = victim.follow(victim.submit(opened, {"password": "Other-Horse-8-Battery"}))

    assert at(done) == "/"
    stolen = victim.open(f"{ISSUER}/register?{urlsplit(str(page.url)).query}")
    assert "interaction_of_other_browser" in stolen.text


@pytest.mark.req("D8")
def test_a_used_link_says_so(here: Here, clock: Clock) -> None:
    browser = here.browser()
    fill(browser, browser.open(f"{ISSUER}/register"), somebody())
    link = link_of(here)
    open_and_confirm(browser, link)

    for url in (link, f"{ISSUER}/verify-email", f"{ISSUER}/verify-email?token=a&token=b"):
        again = here.browser().get(url)
        assert again.status_code == 400
        assert "link_invalid" in again.text


def test_after_half_an_hour_the_person_logs_in(here: Here, clock: Clock) -> None:
    browser = here.browser()
    fill(browser, browser.open(f"{ISSUER}/register"), somebody())
    clock.move(timedelta(minutes=31))

    done = open_and_confirm(browser, link_of(here))

    assert at(done) == "/verify-email/done"
    assert at(browser.open(f"{ISSUER}/login")) == "/login"


@pytest.mark.req("D3", "AU-01")
def test_the_mail_is_sent_again_and_says_the_same_to_all(here: Here, clock: Clock) -> None:
    browser, typed = here.browser(), somebody()
    fill(browser, browser.open(f"{ISSUER}/register"), typed)
    first = link_of(here)
    page = browser.open(f"{ISSUER}/verify-email/resend")

    known = browser.submit(page, {"email": typed["email"]})
    unknown = browser.submit(page, {"email": "nobody@people.example"})
    empty = browser.submit(page, {"email": " "})

    assert known.headers["location"] == unknown.headers["location"] == "/register/sent"
    assert empty.status_code == 422
    second = link_of(here)
    assert browser.get(first).status_code == 400
    assert at(open_and_confirm(browser, second)) == "/"


@pytest.mark.req("RC-01")
def test_links_are_of_the_issuer_whatever_the_host_is(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = browser.open(f"{ISSUER}/register")
    form = form_with(page, "email")

    browser.request(
        "POST",
        form.action,
        data=form.filled(somebody(), None),
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )

    letter = take_letter(here.site, "verify_email")
    assert letter.values["link"].startswith(f"{ISSUER}/verify-email?token=")
    assert token_of(letter).startswith("verify_")


@pytest.mark.req("K34", "C12")
def test_a_closed_registration_is_linked_nowhere(make_here: MakeHere) -> None:
    closed = make_here(REGISTRATION_ENABLED="false")
    browser = closed.browser()

    login = closed.authorize(browser)

    assert "Create an account" not in login.text
    for method in ("GET", "POST"):
        refused = browser.request(method, "/register")
        assert refused.status_code in (400, 403)
    assert "registration_closed" in browser.get("/register").text


@pytest.mark.req("K34")
def test_a_tenant_closes_or_opens_it_for_itself(make_here: MakeHere) -> None:
    opened = make_here(REGISTRATION_ENABLED="false")
    closed = make_here()

    opened.apply(tenants=[{"slug": "default", "policy": {"registration_enabled": True}}])
    closed.apply(tenants=[{"slug": "default", "policy": {"registration_enabled": False}}])

    assert has_form(opened.browser().get(f"{ISSUER}/register"), "email")
    assert closed.browser().get(f"{ISSUER}/register").status_code == 403


@pytest.mark.req("Q-REQUIRE_EMAIL_VERIFICATION", "D5")
def test_without_verification_one_goes_on_at_once(make_here: MakeHere) -> None:
    here = make_here()
    browser = here.browser()
    page = browser.open(link_to_registration(here.authorize(browser)))

    back = fill(browser, page, somebody())

    assert answer(back).code
    taken = here.browser()
    refused = taken.submit(taken.open(f"{ISSUER}/register"), somebody(email="person1@x.example"))
    assert refused.status_code == 303


@pytest.mark.req("Q-RATE_LIMIT_REGISTER", "M4")
def test_registrations_from_one_address_are_limited(make_here: MakeHere) -> None:
    here = make_here(
        RATE_LIMITING_ENABLED="true",
        RATE_LIMIT_REGISTER="2/minute",
        REQUIRE_EMAIL_VERIFICATION="true",
    )
    browser = here.browser()
    page = browser.open(f"{ISSUER}/register")

    unfilled = [browser.submit(page, somebody(email="x")).status_code for _ in range(3)]
    statuses = [browser.submit(page, somebody()).status_code for _ in range(3)]

    assert unfilled == [422, 422, 422]
    assert statuses == [303, 303, 429]


def test_whoever_is_logged_in_makes_no_other_account(here: Here, clock: Clock) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")

    assert at(browser.get(f"{ISSUER}/register")) == "/"
