"""Sessions and cookies (OWASP ASVS V7): a random handle of a record that the server can end."""

import ast
import subprocess
from pathlib import Path

import pytest

import authwell
from tests.parts.server import COMMAND
from tests.support.administration import Administration
from tests.support.browser import Browser, answer, has_form
from tests.support.checks import sent_back
from tests.support.configuration import PASSWORD
from tests.support.running import running_site
from tests.support.site import Site

LONG_AGO = "2020-01-01 00:00:00.000000"


def session_cookie(browser: Browser) -> str:
    """The name of the cookie that holds the session."""
    names = [name for name in browser.cookies if name.removeprefix("__Host-").startswith("aw-")]
    return min(names, key=len)


def is_logged_in(site: Site, browser: Browser) -> bool:
    """Whether prompt=none succeeds."""
    return "code" in answer(site.authorize(browser, prompt="none")).params


@pytest.mark.req("SE-01")
def test_a_login_makes_a_new_session_id(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    name = session_cookie(browser)
    first = browser.cookies[name]

    page = site.authorize(browser, prompt="login")
    browser.log_in(page, "alice", PASSWORD)

    assert browser.cookies[name] != first


@pytest.mark.req("SE-01")
def test_a_planted_cookie_never_becomes_logged_in(site: Site) -> None:
    known = site.browser()
    site.sign_in(browser=known)
    name = session_cookie(known)
    planted = "s_" + "A" * 43
    victim, attacker = site.browser(), site.browser()
    victim.cookies[name] = attacker.cookies[name] = planted

    site.sign_in(browser=victim)

    assert victim.cookies[name] != planted
    assert not is_logged_in(site, attacker)


@pytest.mark.req("SE-01", "BR-09")
def test_cookies_of_before_the_login_are_not_logged_in_by_it(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    before = dict(browser.cookies)
    browser.log_in(page, "alice", PASSWORD)

    attacker = site.browser()
    attacker.cookies = before

    assert not is_logged_in(site, attacker)


@pytest.mark.req("SE-02")
def test_cookies_on_https_have_every_flag(tls_site: Site) -> None:
    browser = tls_site.browser()
    page = tls_site.authorize(browser)
    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    lines = page.headers.get_list("set-cookie") + response.headers.get_list("set-cookie")

    assert lines
    for line in lines:
        flags = [part.strip().lower() for part in line.split(";")]
        assert line.startswith("__Host-")
        assert {"secure", "httponly", "path=/"} <= set(flags)
        assert {"samesite=lax", "samesite=strict"} & set(flags)
        assert not any(flag.startswith("domain") for flag in flags)


@pytest.mark.req("SE-02")
def test_cookies_on_loopback_are_kept_from_scripts(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    lines = page.headers.get_list("set-cookie") + response.headers.get_list("set-cookie")

    assert lines
    assert all("httponly" in line.lower() and "samesite=" in line.lower() for line in lines)


@pytest.mark.req("MF-10", "SE-02")
def test_a_login_lets_the_browser_be_known_for_a_year(tls_site: Site) -> None:
    browser = tls_site.browser()
    page = tls_site.authorize(browser)
    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    lines = [line for line in response.headers.get_list("set-cookie") if "-device=" in line]

    assert [line.partition("=")[0] for line in lines] == ["__Host-aw-default-device"]
    assert "Max-Age=31536000" in lines[0]
    assert browser.cookies["__Host-aw-default-device"] not in str(
        tls_site.sql("SELECT * FROM devices")
    )


@pytest.mark.req("SE-03")
@pytest.mark.parametrize("order", ["first", "last"])
def test_a_tossed_second_cookie_does_not_win(site: Site, order: str) -> None:
    attacker, victim = site.browser(), site.browser()
    site.sign_in(browser=attacker, username="bob")
    site.sign_in(browser=victim)
    name = session_cookie(victim)
    pair = [f"{name}={attacker.cookies[name]}", f"{name}={victim.cookies[name]}"]
    both = site.browser()
    both.headers["Cookie"] = "; ".join(pair if order == "first" else pair[::-1])

    response = site.authorize(both, prompt="none", scope="openid")

    params = answer(response).params
    if "code" in params:
        tokens = site.redeem(params["code"]).json()
        person = site.userinfo(tokens["access_token"]).json()["sub"]
        own = site.tokens(browser=victim, scope="openid")["access_token"]
        assert person == site.userinfo(own).json()["sub"]
    else:
        assert params["error"] == "login_required"


@pytest.mark.req("SE-04")
def test_the_cookie_is_a_random_handle(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    value = browser.cookies[session_cookie(browser)]

    rows = site.sql("SELECT * FROM sessions")

    assert len(value.partition("_")[2]) == 43
    assert "." not in value
    assert value not in str(rows)


@pytest.mark.req("SE-04", "LO-04")
def test_a_session_that_the_server_ended_is_over(site: Site, person: str) -> None:
    browser = site.browser()
    site.sign_in(browser=browser, username=person)

    site.sql(
        "UPDATE sessions SET ended_at = created_at WHERE account_id ="
        " (SELECT id FROM accounts WHERE username = :name)",
        name=person,
    )

    assert not is_logged_in(site, browser)


@pytest.mark.req("SE-05")
def test_nothing_is_pickled() -> None:
    root = Path(authwell.__file__).parent
    unsafe = {"pickle", "cPickle", "dill", "shelve", "marshal", "jsonpickle"}

    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not unsafe & {name.partition(".")[0] for name in names}, file
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("unsafe_load", "full_load", "UnsafeLoader"), file


def start_with(environ: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    return subprocess.run(
        [COMMAND, "serve"],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.req("SE-06", "ST-13", "Q-SECRET_KEY", "0.2")
@pytest.mark.parametrize(
    "key", ["", "short", "a" * 31, "changeme" * 8, "dev-secret-key-change-me" * 2]
)
def test_a_short_or_sample_secret_key_stops_the_start(tls_site: Site, key: str) -> None:
    done = start_with({**tls_site.environ, "SECRET_KEY": key, "PORT": "1"}, tls_site.folder)

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stdout + done.stderr


@pytest.mark.req("ST-13")
def test_the_values_of_the_sample_file_stop_the_start(tls_site: Site) -> None:
    sample = Path(__file__).resolve().parents[2] / ".env.example"
    pairs = [line.partition("=") for line in sample.read_text().splitlines() if line[:1].isalpha()]
    values = {name: value.strip().strip("\"'") for name, _, value in pairs}
    secrets = {name: values.get(name, "") for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY")}

    for name, value in secrets.items():
        done = start_with({**tls_site.environ, name: value, "PORT": "1"}, tls_site.folder)
        assert done.returncode != 0
        assert name in done.stdout + done.stderr


@pytest.mark.req("SE-07", "Q-SESSION_INACTIVITY_TIMEOUT_DAYS", "Q-SESSION_EXPIRE_DAYS")
@pytest.mark.parametrize("column", ["last_seen_at", "expires_at"])
def test_an_idle_or_old_session_is_over(site: Site, person: str, column: str) -> None:
    browser = site.browser()
    site.sign_in(browser=browser, username=person)

    site.sql(
        f"UPDATE sessions SET {column} = :then"  # noqa: S608 - a fixed name
        " WHERE account_id = (SELECT id FROM accounts WHERE username = :name)",
        then=LONG_AGO,
        name=person,
    )

    assert not is_logged_in(site, browser)


@pytest.mark.req("SE-08")
@pytest.mark.parametrize("change", ["disabled", "deleted"])
def test_a_session_ends_with_its_account(
    site: Site, administration: Administration, person: str, change: str
) -> None:
    browser = site.browser()
    site.sign_in(browser=browser, username=person)

    if change == "deleted":
        administration.delete_account(person)
    else:
        administration.disable_account(person)

    assert sent_back(site.authorize(browser, prompt="none"), "login_required")
    assert has_form(site.authorize(browser), "password")


@pytest.mark.req("SE-10")
def test_another_person_gets_another_cookie(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    name = session_cookie(browser)
    first = browser.cookies[name]

    page = site.authorize(browser, prompt="login")
    browser.log_in(page, "bob", PASSWORD)
    old = site.browser()
    old.cookies = {name: first}

    assert browser.cookies[name] != first
    assert not is_logged_in(site, old)


@pytest.mark.req("SE-11", "HT-09")
def test_pages_of_a_session_are_not_stored(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    answers = [
        site.authorize(browser, prompt="login"),
        site.authorize(browser),
        site.authorize(browser, "asks", prompt="consent"),
        browser.open(site.endpoint("logout")),
    ]

    assert all("no-store" in response.headers["cache-control"] for response in answers)


@pytest.mark.req("Q-ACCOUNT_LOCKOUT_ATTEMPTS")
def test_a_locked_account_stays_locked_without_request_limits() -> None:
    with running_site(ACCOUNT_LOCKOUT_ATTEMPTS="3") as site:
        browser = site.browser()
        for _ in range(3):
            page = site.authorize(browser)
            browser.submit(page, {"username": "bob", "password": "wrong"})

        response = browser.log_in(site.authorize(browser), "bob", PASSWORD)

        assert has_form(response, "password") or response.status_code in (403, 429)
        assert not is_logged_in(site, browser)
