"""Users in the console: made, changed, and shut out; each leaves its event."""

from datetime import timedelta

import pytest

from tests.routes.console.conftest import at_console, events, identifier, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, forms, soup
from tests.support.configuration import PASSWORD, account

USERS = "/console/users"


@pytest.fixture
def gwen(here: Here) -> str:
    """The page of somebody."""
    here.rows("DELETE FROM accounts WHERE username_canonical = 'gwen'")
    here.apply(accounts=[account("gwen")])
    return f"{USERS}/{identifier(here, 'gwen')}"


def offered(browser: Browser, path: str) -> set[str]:
    """What can be done on a page."""
    return {link.get_text() for link in soup(page(browser, path)).select("main .buttons a")}


@pytest.mark.req("G1", "9.2")
def test_users_are_listed_and_shown(admin: Browser, gwen: str) -> None:
    listed = soup(page(admin, USERS))

    links = {str(link["href"]): link.get_text() for link in listed.select("td a")}

    assert links[gwen] == "gwen"
    assert "gwen@people.example" in shown(page(admin, gwen))


@pytest.mark.req("G2", "9.2")
def test_a_user_is_made_with_a_password_that_is_shown_once(here: Here, admin: Browser) -> None:
    made = send(admin, f"{USERS}/new", username="hugo", email="hugo@people.example", password="")

    secret = soup(made).select_one("code.secret")
    assert secret is not None
    browser = here.browser()
    back = browser.log_in(browser.open(f"{ISSUER}/account"), "hugo", secret.get_text())
    assert at(back) == "/account"
    assert secret.get_text() not in page(admin, f"{USERS}/{identifier(here, 'hugo')}").text
    assert events(here, "account.created")[-1]["actor"] == identifier(here, "zoe")


@pytest.mark.req("G2")
def test_a_name_that_is_taken_is_said_beside_the_field(admin: Browser, gwen: str) -> None:
    refused = send(admin, f"{USERS}/new", username="gwen", email="other@people.example")

    assert refused.status_code == 422
    assert soup(refused).select_one("#username[aria-invalid=true]")


@pytest.mark.req("AU-11", "9.2")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "gwen"),
        ("password", "password"),
        ("username", "somebody.else@people.example"),
        ("username", ""),
        ("email", "no address"),
        ("email", "gwen@people.example"),
    ],
)
def test_what_the_api_refuses_of_a_user_is_refused_by_the_form(
    admin: Browser, gwen: str, field: str, value: str
) -> None:
    filled = {"username": "iris", "email": "iris@people.example", "password": PASSWORD}

    refused = send(admin, f"{USERS}/new", **{**filled, field: value})

    assert refused.status_code == 422
    assert soup(refused).select_one(f"#{field}[aria-invalid=true]")


@pytest.mark.req("G14", "TN-14")
def test_nobody_takes_a_role_from_themselves(here: Here, admin: Browser) -> None:
    path = f"{USERS}/{identifier(here, 'zoe')}"
    here.apply(accounts=[account("yan", roles=["admin"])])
    asked = page(admin, f"{path}/edit")
    (form,) = [each for each in forms(asked) if each.method == "POST"]

    refused = admin.submit(asked, {"roles": None}, form=form)

    assert refused.status_code == 409
    assert "admin" in shown(page(admin, path))


@pytest.mark.req("G4")
def test_a_user_is_changed(here: Here, admin: Browser, gwen: str) -> None:
    after = send(admin, f"{gwen}/edit", full_name="Gwen of the West")

    assert at(after) == gwen
    assert "Gwen of the West" in shown(after)
    assert events(here, "account.updated")[-1]["actor"] == identifier(here, "zoe")


@pytest.mark.req("G5")
def test_who_is_disabled_is_out_and_who_is_enabled_comes_back(
    here: Here, admin: Browser, gwen: str
) -> None:
    browser = at_console(here, "gwen")

    send(admin, f"{gwen}/disable")

    assert at(browser.get(f"{ISSUER}/account")) == "/login"
    assert "Enable" in offered(admin, gwen)
    send(admin, f"{gwen}/enable")
    assert "Disable" in offered(admin, gwen)


def test_what_cannot_be_done_now_is_not_offered_and_not_there(admin: Browser, gwen: str) -> None:
    assert "Restore" not in offered(admin, gwen)
    assert admin.get(f"{ISSUER}{gwen}/restore").status_code == 404
    assert admin.get(f"{ISSUER}{gwen}/explode").status_code == 404


@pytest.mark.req("G6", "G8")
def test_a_user_is_deleted_and_restored(admin: Browser, gwen: str) -> None:
    send(admin, f"{gwen}/delete")
    assert "deleted" in shown(page(admin, gwen))

    send(admin, f"{gwen}/restore")

    assert "active" in shown(page(admin, gwen))


@pytest.mark.parametrize(
    ("action", "kind"),
    [("send-reset", "password.reset_requested"), ("reset-factors", "factors.reset")],
)
def test_an_action_leaves_its_event(
    here: Here, admin: Browser, gwen: str, action: str, kind: str
) -> None:
    send(admin, f"{gwen}/{action}")

    assert events(here, kind)[-1]["actor"] == identifier(here, "zoe")


@pytest.mark.req("F2")
def test_all_sessions_of_a_user_are_ended(here: Here, admin: Browser, gwen: str) -> None:
    browser = at_console(here, "gwen")

    send(admin, f"{gwen}/end-sessions")

    assert at(browser.get(f"{ISSUER}/account")) == "/login"


@pytest.mark.req("MF-05")
def test_what_is_dangerous_needs_a_login_of_just_now(here: Here, admin: Browser, gwen: str) -> None:
    here.clock.move(timedelta(minutes=6))

    sent = admin.get(f"{ISSUER}{gwen}/disable")

    assert (sent.status_code, at(sent)) == (303, "/account/confirm")
    asked = admin.follow(sent)
    back = admin.follow(admin.submit(asked, {"password": PASSWORD}))
    assert at(back) == f"{gwen}/disable"


def test_the_search_leads_to_the_one_that_is_called_so(admin: Browser, gwen: str) -> None:
    found = admin.get(f"{ISSUER}/console/search", {"find": "gwen@people.example"})
    client = admin.get(f"{ISSUER}/console/search", {"find": "web"})
    nothing = page(admin, "/console/search?find=nobody")

    assert (at(found), at(client)) == (gwen, "/console/client/web")
    assert "nothing here" in shown(nothing)


@pytest.mark.req("G14")
def test_nobody_shuts_themselves_out(here: Here, admin: Browser) -> None:
    own = f"{USERS}/{identifier(here, 'zoe')}"

    answers = [admin.get(f"{ISSUER}{own}/{name}").status_code for name in ("disable", "delete")]

    assert answers == [403, 403]


@pytest.mark.req("TN-05")
def test_a_role_that_is_not_offered_is_not_given(admin: Browser, gwen: str) -> None:
    refused = send(admin, f"{gwen}/edit", roles="emperor")

    assert refused.status_code == 422


@pytest.fixture
def lesser(here: Here) -> Browser:
    """The browser of somebody who may see and change users, and nothing else."""
    here.apply(
        roles=[{"name": "helper", "permissions": ["user:read", "user:update"]}],
        accounts=[account("lena", roles=["helper"])],
    )
    return at_console(here, "lena")


@pytest.mark.req("TN-05", "9.2")
def test_who_holds_little_sees_little(lesser: Browser) -> None:
    menu = soup(page(lesser, "/console")).select(".menu-open a")

    assert [link["href"] for link in menu] == ["/console", "/console/users"]
    assert lesser.get(f"{ISSUER}/console/clients").status_code == 403
    assert lesser.get(f"{ISSUER}{USERS}/new").status_code == 403


@pytest.mark.req("G14")
def test_who_is_no_superuser_changes_no_superuser(
    here: Here, admin: Browser, lesser: Browser
) -> None:
    path = f"{USERS}/{identifier(here, 'zoe')}"

    answers = [
        lesser.get(f"{ISSUER}{path}/{name}").status_code
        for name in ("edit", "disable", "send-reset", "reset-factors", "unlock")
    ]

    assert answers == [403] * 5


@pytest.mark.req("F8", "G14", "TN-05")
def test_who_is_no_superuser_ends_no_session_of_one(here: Here, admin: Browser) -> None:
    here.apply(
        roles=[{"name": "warden", "permissions": ["session:manage"]}],
        accounts=[account("wim", roles=["warden"])],
    )
    warden = at_console(here, "wim")
    of_zoe, of_wim = (
        here.rows("SELECT id FROM sessions WHERE account_id = :id", id=identifier(here, name))[0]
        for name in ("zoe", "wim")
    )

    refused = send(warden, f"/console/sessions/{of_zoe['id']}/end")
    allowed = send(warden, f"/console/sessions/{of_wim['id']}/end")

    assert refused.status_code == 403
    assert allowed.status_code == 200
    assert admin.get(f"{ISSUER}/console").status_code == 200


@pytest.mark.req("TN-05")
def test_nobody_gives_a_role_that_they_lack(here: Here, lesser: Browser, gwen: str) -> None:
    refused = send(lesser, f"{gwen}/edit", roles="admin")

    assert refused.status_code == 422
    assert "admin" not in shown(page(lesser, gwen))
