"""API keys on their page: made and shown once, listed, removed (J1 to J3, J5)."""

import re

import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import ISSUER, Here
from tests.support.browser import Browser, Fields, form_with
from tests.support.configuration import account

PATH = "/account/api-keys"
VALUE = re.compile(r"ask_[A-Za-z0-9_-]{43}")


@pytest.fixture
def hugo(here: Here) -> Browser:
    """The browser of somebody without keys."""
    here.rows("DELETE FROM accounts WHERE username_canonical = 'hugo'")
    here.apply(accounts=[account("hugo")])
    return logged_in(here, "hugo")


def make(browser: Browser, name: str = "backup", **more: str) -> tuple[int, str]:
    """Send the form of a new key; the status and the text of the answer."""
    form = form_with(page(browser, PATH), "name")
    fields: Fields = [
        ("csrf_token", form.value("csrf_token")),
        ("name", name),
        *({"scope": "read:user", "days": "30"} | more).items(),
    ]
    answer = browser.request("POST", PATH, data=fields)
    return answer.status_code, shown(answer)


@pytest.mark.req("J1", "J2", "2.10")
def test_a_key_is_shown_once_and_works(here: Here, hugo: Browser) -> None:
    status, text = make(hugo)
    (value,) = set(VALUE.findall(text))

    me = here.http.get(f"{ISSUER}/users/me", headers={"X-API-Key": value})
    listed = shown(page(hugo, PATH))

    assert status == 200
    assert me.json()["username"] == "hugo"
    assert "backup" in listed
    assert value not in listed
    assert "Until Dec 21, 2026" in listed


@pytest.mark.req("J3")
def test_a_removed_key_is_worth_nothing(here: Here, hugo: Browser) -> None:
    _, text = make(hugo)
    (value,) = set(VALUE.findall(text))

    removed = hugo.follow(hugo.submit(page(hugo, PATH), {}, button="key"))

    me = here.http.get(f"{ISSUER}/users/me", headers={"X-API-Key": value})
    assert "The key was removed." in shown(removed)
    assert me.status_code == 401


@pytest.mark.req("J5")
def test_there_are_only_so_many(here: Here, hugo: Browser) -> None:
    most = here.site.settings.api_key_max_per_user
    for _ in range(most):
        make(hugo)

    status, text = make(hugo)

    assert status == 422
    assert "as many keys as you may have" in text
    assert not VALUE.search(text)


@pytest.mark.req("J1", "AU-15", "BR-04")
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"name": ""}, "Give the key a name."),
        ({"name": "x" * 256}, "Give the key a name."),
        ({"name": "a\x01b"}, "Give the key a name."),
        ({"scope": ""}, "Choose what the key may do."),
        ({"scope": "admin"}, "Choose what the key may do."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    hugo: Browser, sent: dict[str, str], sentence: str
) -> None:
    status, text = make(hugo, **sent)

    assert status == 422
    assert text.count(sentence) == 2
    assert not VALUE.search(text)


def test_odd_days_are_the_default(here: Here, hugo: Browser) -> None:
    status, _ = make(hugo, days="-1")

    assert status == 200
    assert "Until" in shown(page(hugo, PATH))


def test_a_name_is_a_text(hugo: Browser) -> None:
    make(hugo, name="<script>alert(1)</script>")

    assert "<script>alert(1)</script>" in shown(page(hugo, PATH))


def test_nobody_elses_key_can_be_removed(here: Here, hugo: Browser) -> None:
    make(hugo)
    (row,) = here.rows(
        "SELECT k.id FROM api_keys k JOIN accounts a ON a.id = k.account_id"
        " WHERE a.username = 'hugo'"
    )
    carol = logged_in(here, "carol")
    token = form_with(page(carol, PATH), "name").value("csrf_token")

    data = {"csrf_token": token, "key": row["id"]}
    answer = carol.request("POST", f"{PATH}/remove", data=data)

    assert answer.status_code == 303
    assert "backup" in shown(page(hugo, PATH))
