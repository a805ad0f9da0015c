"""Own sessions and devices: listed, ended, and never another person's (F1 to F3, F12)."""

import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import Here, at
from tests.support.browser import Browser, form_with, forms, soup
from tests.support.configuration import account

PATH = "/account/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def gwen(here: Here) -> Browser:
    """The browser of somebody who is logged in here alone."""
    here.rows("DELETE FROM accounts WHERE username_canonical = 'gwen'")
    here.apply(accounts=[account("gwen")])
    return logged_in(here, "gwen")


def values(browser: Browser, name: str) -> list[str]:
    """The values of the buttons of that name."""
    found = soup(page(browser, PATH)).select(f"button[name={name}]")
    return [str(button["value"]) for button in found]


def press(browser: Browser, button: str) -> tuple[str, str]:
    """Press a button: where it leads, and what is said there."""
    shown_now = page(browser, PATH)
    name, _, value = button.partition("=")
    (form,) = [form for form in forms(shown_now) if (name, value) in form.buttons]
    answer = browser.follow(browser.submit(shown_now, {}, button=button, form=form))
    return at(answer), shown(answer)


def is_logged_in(browser: Browser) -> bool:
    return browser.get(f"{browser.issuer}{PATH}").status_code == 200


@pytest.mark.req("F1", "F12")
def test_each_session_is_listed_with_its_device(here: Here, gwen: Browser) -> None:
    gwen.headers["User-Agent"] = FIREFOX
    other = here.browser()
    other.headers["User-Agent"] = FIREFOX
    other.log_in(other.open(f"{other.issuer}{PATH}"), "gwen", "Correct-Horse-7-Battery")

    text = shown(page(gwen, PATH))

    assert text.count("this browser") == 2
    assert "Firefox on Linux" in text
    assert len(values(gwen, "session")) == 1


@pytest.mark.req("F2", "SE-09")
def test_one_of_them_is_ended(here: Here, gwen: Browser) -> None:
    other = logged_in(here, "gwen")
    (session,) = values(gwen, "session")

    where, text = press(gwen, f"session={session}")

    assert (where, "The session was ended." in text) == (PATH, True)
    assert not is_logged_in(other)
    assert is_logged_in(gwen)


@pytest.mark.req("F6", "K14")
def test_all_others_are_ended(here: Here, gwen: Browser) -> None:
    others = [logged_in(here, "gwen") for _ in range(2)]

    where, text = press(gwen, "end=others")

    assert (where, "All other sessions were ended." in text) == (PATH, True)
    assert not any(is_logged_in(other) for other in others)
    assert is_logged_in(gwen)


@pytest.mark.req("F3", "K14")
def test_all_are_ended_and_the_browser_is_told(here: Here, gwen: Browser) -> None:
    other = logged_in(here, "gwen")

    where, text = press(gwen, "end=all")

    assert (where, "You are logged out" in text) == ("/oauth/logout", True)
    assert not is_logged_in(other)
    assert "aw-default" not in gwen.cookies


@pytest.mark.req("F12")
def test_a_device_is_forgotten_with_its_sessions(here: Here, gwen: Browser) -> None:
    (own,) = values(gwen, "device")
    other = logged_in(here, "gwen")
    (others,) = set(values(gwen, "device")) - {own}

    where, text = press(gwen, f"device={others}")

    assert (where, "The device was forgotten." in text) == (PATH, True)
    assert len(values(gwen, "device")) == 1
    assert not is_logged_in(other)


@pytest.mark.req("F12")
def test_forgetting_the_present_device_logs_out(gwen: Browser) -> None:
    (own,) = values(gwen, "device")

    where, text = press(gwen, f"device={own}")

    assert (where, "You are logged out" in text) == ("/oauth/logout", True)


@pytest.mark.req("SE-09")
def test_nobody_elses_session_or_device_can_be_ended(here: Here, gwen: Browser) -> None:
    carol = logged_in(here, "carol")
    token = form_with(page(carol, PATH), "end").value("csrf_token")
    (row,) = here.rows(
        "SELECT sessions.id, device_id FROM sessions JOIN accounts ON accounts.id = account_id"
        " WHERE username = 'gwen' AND ended_at IS NULL"
    )

    for sent in ({"session": row["id"]}, {"device": row["device_id"]}, {"session": "x"}, {}):
        answer = carol.request("POST", PATH, data={"csrf_token": token, **sent})
        assert answer.status_code == 303

    assert is_logged_in(gwen)
    assert len(values(gwen, "device")) == 1
