"""The profile: what people may change of themselves, and what they may not."""

import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import Here
from tests.support.browser import Browser, form_with, soup
from tests.support.configuration import account

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def save(browser: Browser, **values: str) -> tuple[int, str]:
    """Send the form; the status and the text of the answer."""
    profile = page(browser, "/account/profile")
    answer = browser.submit(profile, values, form=form_with(profile, "full_name"))
    return answer.status_code, shown(browser.follow(answer))


def fields(browser: Browser) -> dict[str, str]:
    """What stands in the form."""
    form = form_with(page(browser, "/account/profile"), "full_name")
    return {name: value for name, value in form.fields if name != "csrf_token"}


@pytest.fixture
def dora(here: Here) -> Browser:
    """The browser of somebody new."""
    here.rows("DELETE FROM accounts WHERE email = 'dora@people.example'")
    here.apply(accounts=[account("dora")])
    return logged_in(here, "dora")


@pytest.mark.req("G8", "G10")
def test_names_and_user_name_are_changed_and_the_page_says_so_once(
    here: Here, dora: Browser
) -> None:
    status, text = save(
        dora,
        full_name="Dora Zwaan",
        given_name="Dora",
        family_name="Zwaan",
        username="Dorothea",
        picture="https://dora.example/me.png",
    )

    assert status == 303
    assert "Your profile was saved." in text
    assert "Your profile was saved." not in shown(page(dora, "/account/profile"))
    assert fields(dora) == {
        "full_name": "Dora Zwaan",
        "given_name": "Dora",
        "family_name": "Zwaan",
        "username": "Dorothea",
        "picture": "https://dora.example/me.png",
    }
    (event,) = here.rows(
        "SELECT data FROM audit_events WHERE type = 'account.updated' ORDER BY at DESC LIMIT 1"
    )
    assert "picture" in event["data"]
    assert "Zwaan" not in event["data"]
    logged_in(here, "dorothea")


def test_the_language_is_kept_and_shown(here: Here, dora: Browser) -> None:
    save(dora, locale="nl")

    chosen = soup(page(dora, "/account/profile")).select("select[name=locale] option[selected]")

    assert [option["value"] for option in chosen] == ["nl"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("username", "alice", "This user name is taken."),
        ("username", "ＡＬＩＣＥ", "This user name is taken."),
        ("username", "  ", "Enter a user name."),
        ("username", "alice@people.example", "only if it is your own email address"),
        ("username", "x" * 300, "This is too long."),
        ("full_name", "Dora\u202eevil", "characters that cannot be shown"),
        ("full_name", "Dora\x01", "characters that cannot be shown"),
        ("full_name", "x" * 256, "This is too long."),
        ("picture", "http://dora.example/me.png", "This is not an https address."),
        ("picture", "javascript:alert(1)", "This is not an https address."),
        ("picture", "data:image/svg+xml,<svg/>", "This is not an https address."),
        ("picture", "https://[", "This is not an https address."),
        ("locale", "<b>", "Choose one of the languages."),
    ],
)
@pytest.mark.req("AU-12", "AU-15", "BR-04", "AU-17")
def test_what_cannot_be_is_refused_beside_its_field(
    dora: Browser, field: str, value: str, sentence: str
) -> None:
    status, text = save(dora, **{field: value})

    assert status == 422
    assert text.count(sentence) == 2
    assert fields(dora)["username"] == "dora"


@pytest.mark.req("K40")
def test_the_user_name_may_be_ones_own_address(here: Here, dora: Browser) -> None:
    status, _ = save(dora, username="dora@people.example")

    assert status == 303


@pytest.mark.req("AU-14")
def test_nothing_else_can_be_changed(here: Here, dora: Browser) -> None:
    status, _ = save(dora, roles="admin", email_verified="true", status="x", email="eve@x.example")

    (row,) = here.rows("SELECT roles, email, status FROM accounts WHERE username = 'dora'")
    assert status == 303
    assert (row["roles"], row["email"], row["status"]) == ("[]", "dora@people.example", "active")


@pytest.mark.req("BR-04")
def test_a_name_is_a_text_on_every_page(dora: Browser) -> None:
    save(dora, full_name=HOSTILE, given_name=HOSTILE, username=HOSTILE)

    for path in ("/account", "/account/profile", "/account/activity"):
        document = soup(page(dora, path))
        assert not document.find_all(["script", "img"])
        assert "<script>alert(1)" in document.get_text()
