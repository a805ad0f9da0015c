"""The login page: what it shows, whom it lets in, where it leads."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from prometheus_client import REGISTRY

from tests.conftest import NewDatabase
from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.browser import answer, form_with, has_form, soup
from tests.support.configuration import PASSWORD, account, client, secret_of, service
from tests.support.hashing import all_places_taken
from tests.support.site import VERIFIER, basic

WRONG = "The name and the password do not belong together. Try again."
LOGIN = f"{ISSUER}/login"


def test_a_person_logs_in_and_is_sent_back_with_a_code(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    posted = browser.submit(page, {"username": "alice", "password": PASSWORD})
    sent = answer(browser.follow(posted))

    assert (page.status_code, at(page)) == (200, "/login")
    assert posted.status_code == 303
    assert sent.uri == "https://app.example/cb"
    assert sent.code


@pytest.mark.req("SE-11")
def test_a_page_is_kept_by_no_cache_and_its_cookies_are_not_for_scripts(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    posted = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert page.headers["cache-control"] == posted.headers["cache-control"] == "no-store"
    (cookie,) = [line for line in posted.headers.get_list("set-cookie") if "aws_" in line]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.req("AU-01", "AU-02", "BR-15")
def test_every_refusal_looks_the_same(here: Here) -> None:
    here.apply(
        accounts=[account("wrong"), account("locked"), account("disabled")],
    )
    here.rows("UPDATE accounts SET status = 'disabled' WHERE username = 'disabled'")
    browser = here.browser()
    for _ in range(5):
        browser.submit(here.authorize(browser), {"username": "locked", "password": "x"})

    def refusal(name: str, password: str) -> tuple[int, str]:
        page = browser.submit(here.authorize(browser), {"username": name, "password": password})
        form = form_with(page, "password")
        interaction = form.action.partition("=")[2]
        text = page.text.replace(interaction, "").replace(name, "")
        text = re.sub(r'nonce="[^"]+"', "", text)
        return page.status_code, text

    answers = [
        refusal("wrong", "x"),
        refusal("locked", PASSWORD),
        refusal("disabled", PASSWORD),
        refusal("nobody", PASSWORD),
        refusal("wrong", "x" * 2000),
    ]

    assert answers[0][0] == 422
    assert WRONG in answers[0][1]
    assert len(set(answers)) == 1


@pytest.mark.req("AU-09", "HT-06")
@pytest.mark.parametrize("odd", ["x" * 20_000, "\ufffd", "'; DROP TABLE accounts", "é"])
def test_odd_names_and_passwords_are_wrong_and_nothing_worse(here: Here, odd: str) -> None:
    browser = here.browser()

    for name, password in [(odd, "x"), ("alice", odd), (odd, odd)]:
        page = browser.submit(here.authorize(browser), {"username": name, "password": password})
        assert page.status_code == 422
    here.rows("DELETE FROM attempt_guards")


@pytest.mark.req("BR-11")
def test_an_empty_form_says_what_is_missing(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    again = browser.submit(page, {"username": " ", "password": ""})

    assert again.status_code == 422
    assert [link.get("href") for link in soup(again).select(".error-summary a")] == [
        "#username",
        "#password",
    ]


@pytest.mark.req("BR-06")
def test_without_a_request_a_login_ends_at_home(here: Here) -> None:
    browser = here.browser()
    page = browser.open(LOGIN, {"next": "https://evil.example"})

    posted = browser.submit(
        page,
        {"username": "alice", "password": PASSWORD, "next": "https://evil.example"},
        form=form_with(page, "password"),
    )

    assert not has_form(page, "cancel")
    assert (posted.status_code, posted.headers["location"]) == (303, "/")
    assert browser.get(LOGIN).headers["location"] == "/"


@pytest.mark.req("BR-09")
@pytest.mark.parametrize("interaction", ["", "x", "awi_" + "A" * 43, "//evil.example"])
def test_an_unknown_request_gets_a_page_that_says_what_to_do(here: Here, interaction: str) -> None:
    for path in ("login", "consent", "select-account"):
        page = here.browser().open(f"{ISSUER}/{path}", {"interaction": interaction})
        assert page.status_code == 400
        assert "Go back to the application and start again." in page.text
        assert not has_form(page, "password")


def test_a_request_named_twice_is_unknown(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    twice = browser.open(f"{page.url}&interaction=x")

    assert twice.status_code == 400


@pytest.mark.req("BR-09")
def test_a_request_is_its_browsers(here: Here) -> None:
    page = here.authorize(here.browser())
    stranger = here.browser()

    opened = stranger.open(str(page.url))

    assert opened.status_code == 400
    assert "another browser" in opened.text


def test_a_request_waits_for_half_an_hour(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = here.authorize(browser)
    clock.move(timedelta(minutes=31))

    late = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert late.status_code == 400
    assert "it took too long" in late.text


@pytest.mark.req("BR-02")
def test_a_token_of_before_the_login_is_worthless_after_it(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)
    browser.log_in(page, "alice", PASSWORD)

    again = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert again.status_code == 400


@pytest.mark.req("BR-11")
def test_a_page_of_another_step_leads_to_the_right_one(here: Here) -> None:
    browser = here.browser()
    login = here.authorize(browser, "asks", prompt="consent")
    identifier = login.url.params["interaction"]

    for path in ("consent", "select-account"):
        other = browser.open(f"{ISSUER}/{path}", {"interaction": identifier})
        assert at(other) == "/login"
    consent = browser.log_in(login, "alice", PASSWORD)
    back = browser.open(LOGIN, {"interaction": identifier})

    assert at(consent) == at(back) == "/consent"


def test_cancelling_tells_the_client(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser, state="s-1")

    sent = answer(browser.cancel(page))

    assert sent.params["error"] == "access_denied"
    assert sent.params["state"] == "s-1"
    assert browser.open(str(page.url)).status_code == 400


@pytest.mark.req("BR-15", "oidcc-login-hint")
@pytest.mark.parametrize("hint", ["alice@people.example", "nobody@people.example", "<b>&\"'"])
def test_a_login_hint_is_filled_in_whoever_it_is(here: Here, hint: str) -> None:
    page = here.authorize(here.browser(), login_hint=hint)

    assert form_with(page, "password").value("username") == hint
    assert "Alice" not in page.text


@pytest.mark.req("oidcc-ui-locales")
@pytest.mark.parametrize(
    ("changes", "accepted", "lang", "heading"),
    [
        ({"ui_locales": "xx de-CH fr"}, "es", "de", "Anmelden"),
        ({"ui_locales": "xx"}, "fr-FR,en;q=0.5", "fr", "Se connecter"),
        ({}, "nl", "nl", "Inloggen"),
        ({}, "tlh", "en", "Log in"),
    ],
)
def test_the_page_speaks_the_clients_or_the_browsers_language(
    here: Here, changes: dict[str, str], accepted: str, lang: str, heading: str
) -> None:
    browser = here.browser()
    browser.headers["Accept-Language"] = accepted

    page = here.authorize(browser, **changes)
    refused = browser.submit(page, {"username": "nobody", "password": "x"})

    for shown in (page, refused):
        html = soup(shown).html
        assert html is not None
        assert html["lang"] == lang
        assert soup(shown).h1.text == heading  # type: ignore[union-attr]
    assert (WRONG in refused.text) == (lang == "en")


@pytest.mark.req("oidcc-display-popup")
def test_the_page_knows_that_it_is_a_popup(here: Here) -> None:
    page = here.authorize(here.browser(), display="popup")

    assert soup(page).body["class"] == ["display-popup"]  # type: ignore[index]


@pytest.mark.req("BR-04")
def test_the_client_is_shown_with_what_it_registered(here: Here) -> None:
    page = here.authorize(here.browser(), "shown")

    assert "Fernwood &lt;b&gt;Library&lt;/b&gt;" in page.text
    links = {link["href"] for link in soup(page).select(".client a, footer a")}
    assert links == {
        "https://library.example",
        "https://library.example/privacy",
        "https://library.example/terms",
    }
    assert soup(page).img["src"] == "https://library.example/logo.png"  # type: ignore[index]


@pytest.mark.req("BR-10", "oidcc-prompt-login", "oidcc-max-age-1")
@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "60"}])
def test_logging_in_again_brings_a_new_time_and_keeps_other_grants(
    here: Here, clock: Clock, changes: dict[str, str]
) -> None:
    name = "again-" + "-".join(changes)
    here.apply(accounts=[account(name)])
    browser = here.browser()
    here.log_in(browser, name)
    cookie = browser.cookies["aw-default"]
    clock.move(timedelta(minutes=2))

    page = here.authorize(browser, **changes)
    sent = answer(browser.log_in(page, name, PASSWORD))

    assert form_with(page, "password").value("username") == name
    assert sent.code
    assert browser.cookies["aw-default"] != cookie
    before, after = here.rows(
        "SELECT auth_time, session_id, revoked_at FROM grants WHERE account_id ="
        " (SELECT id FROM accounts WHERE username = :name) ORDER BY created_at",
        name=name,
    )
    assert before["session_id"] == after["session_id"]
    assert before["auth_time"] < after["auth_time"]


def latest_grant(here: Here) -> dict[str, str]:
    """The grant that was made last, and whose it is."""
    (row,) = here.rows(
        "SELECT accounts.username, grants.scope FROM grants JOIN accounts"
        " ON accounts.id = account_id ORDER BY grants.id DESC LIMIT 1"
    )
    return row


@pytest.mark.req("LO-07")
def test_another_person_may_log_in_where_the_client_asks_again(here: Here, clock: Clock) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")
    clock.move(timedelta(hours=1))

    sent = answer(browser.log_in(here.authorize(browser, prompt="login"), "bob", PASSWORD))

    assert sent.code
    assert latest_grant(here)["username"] == "bob"


def id_token(here: Here, browser_of: str) -> str:
    """An ID token of the client `web` about somebody."""
    browser = here.browser()
    code = answer(browser.log_in(here.authorize(browser), browser_of, PASSWORD)).code
    response = here.http.post(
        f"{ISSUER}/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "https://app.example/cb",
            "code_verifier": VERIFIER,
        },
        headers=basic("web", secret_of("web")),
    )
    return str(response.json()["id_token"])


@pytest.mark.req("oidcc-id-token-hint")
def test_a_hinted_person_of_this_browser_confirms(here: Here, clock: Clock) -> None:
    hint = id_token(here, "carol")
    browser = here.browser()
    here.log_in(browser, "carol")
    clock.move(timedelta(hours=2))

    page = here.authorize(browser, id_token_hint=hint, prompt="login")
    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert soup(page).h1.text == "Confirm it is you"  # type: ignore[union-attr]
    assert form_with(page, "password").value("username") == "carol"
    # The name in the form does not count: the password was compared with Carol's.
    assert answer(browser.follow(response)).code
    assert latest_grant(here)["username"] == "carol"


@pytest.mark.req("BR-15")
def test_a_hint_shows_nobody_s_name_and_lets_nobody_else_in(here: Here) -> None:
    hint = id_token(here, "carol")
    browser = here.browser()

    page = here.authorize(browser, id_token_hint=hint)
    as_alice = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert "carol" not in page.text.lower()
    assert answer(browser.follow(as_alice)).params["error"] == "login_required"


@pytest.mark.req("AU-03", "K48", "H3")
def test_failed_logins_of_an_account_from_an_address_are_limited(make_here: MakeHere) -> None:
    here = make_here(
        RATE_LIMITING_ENABLED="true", RATE_LIMIT_LOGIN="3/minute", RATE_LIMIT_PER_IP="1000/minute"
    )
    browser = here.browser()
    page = here.authorize(browser)

    def attempt(name: str) -> int:
        return browser.submit(page, {"username": name, "password": "x"}).status_code

    statuses = [attempt("nobody") for _ in range(5)]

    assert statuses[:3] == [422, 422, 422]
    assert statuses[-1] == 429
    assert attempt(" NOBODY") == 429
    assert attempt("somebody") == 422
    assert answer(browser.log_in(page, "alice", PASSWORD)).code


@pytest.mark.req("K48")
def test_who_logs_in_ten_times_meets_no_limit(make_here: MakeHere) -> None:
    here = make_here(RATE_LIMITING_ENABLED="true")
    here.apply(accounts=[account(f"person{number}") for number in range(10)])

    for number in range(10):
        browser = here.browser()
        page = here.authorize(browser, "asks")
        assert answer(browser.allow(browser.log_in(page, f"person{number}", PASSWORD))).code


@pytest.mark.req("N3")
def test_logins_are_counted_by_their_outcome(here: Here) -> None:
    here.apply(accounts=[account("counted")])

    def count(outcome: str) -> float:
        return REGISTRY.get_sample_value("authwell_logins_total", {"outcome": outcome}) or 0

    before = {outcome: count(outcome) for outcome in ("success", "failure", "locked")}
    here.log_in(here.browser(), "counted")
    stranger = here.browser()
    page = here.authorize(stranger)
    for _ in range(6):
        stranger.submit(page, {"username": "counted", "password": "x"})

    assert {outcome: count(outcome) - before[outcome] for outcome in before} == {
        "success": 1,
        "failure": 5,
        "locked": 1,
    }


@pytest.mark.req("AU-10")
def test_when_all_places_are_taken_the_answer_says_when_to_come_again(here: Here) -> None:
    here.apply(
        tenants=[{"slug": "default", "policy": {"password_grant": True}}],
        clients=[service("trusted", grant_types=["password"], password_grant=True)],
    )
    here.clock.move(timedelta(seconds=2))
    browser = here.browser()
    page = here.authorize(browser)
    fields = {"grant_type": "password", "username": "alice", "password": PASSWORD}

    with all_places_taken(here.site.passwords):
        busy = browser.submit(page, {"username": "alice", "password": PASSWORD})
        granting = here.http.post(
            f"{ISSUER}/oauth/token", data=fields, headers=basic("trusted", secret_of("trusted"))
        )

    assert busy.status_code == granting.status_code == 503
    assert int(busy.headers["retry-after"]) >= 1
    assert int(granting.headers["retry-after"]) >= 1
    assert granting.headers["content-type"] == "application/json"
    assert "Too many people are logging in" in busy.text
    assert answer(browser.log_in(page, "alice", PASSWORD)).code


def test_a_program_gets_the_refusal_as_json(here: Here) -> None:
    browser = here.browser()
    browser.headers["Accept"] = "application/json"

    refused = browser.open(LOGIN, {"interaction": "x"})

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "interaction_gone"


def test_what_comes_after_a_page_is_not_judged_by_an_old_configuration(
    make_here: MakeHere, new_database: NewDatabase
) -> None:
    database = new_database("sqlite")
    here, other = make_here(DATABASE_URL=database), make_here(DATABASE_URL=database)
    other.authorize(other.browser())
    moved = "https://moved.example/cb"
    here.apply(clients=[client("web", redirect_uris=[moved])])
    browser = here.browser()
    login = here.authorize(browser, redirect_uri=moved)

    browser.http = other.http
    waiting = parse_qsl(urlsplit(str(login.url)).query)
    page = browser.open(f"{ISSUER}/oauth/authorize/continue", waiting)

    assert has_form(page, "password")


@pytest.mark.req("K23")
@pytest.mark.parametrize("path", ["continue?interaction=x", "posted?request=x"])
def test_what_comes_after_a_page_is_limited(make_here: MakeHere, path: str) -> None:
    here = make_here(RATE_LIMITING_ENABLED="true", RATE_LIMIT_PER_IP="3/minute")
    browser = here.browser()

    statuses = [browser.get(f"{ISSUER}/oauth/authorize/{path}").status_code for _ in range(5)]

    assert statuses == [400, 400, 400, 429, 429]


@pytest.mark.req("AU-03", "L10")
def test_an_address_that_guesses_too_often_gets_a_page_that_says_so(make_here: MakeHere) -> None:
    here = make_here(ADDRESS_LOCKOUT_ATTEMPTS="2")
    browser = here.browser()
    for _ in range(2):
        browser.submit(here.authorize(browser), {"username": "nobody", "password": "x"})

    page = browser.submit(here.authorize(browser), {"username": "alice", "password": PASSWORD})

    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
