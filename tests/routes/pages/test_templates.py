"""What every page holds, whatever the values are."""

import dataclasses
from collections.abc import Mapping
from functools import partial

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from authwell.utils.translations import LANGUAGES
from tests.routes.pages.samples import PAGES, Page, everywhere, sample_app

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}%(name)s</title>"
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def with_all(value: object, text: str) -> object:
    """The same value with a text behind every string in it."""
    match value:
        case str() if value != "openid":
            return value + text
        case Mapping():
            return {key: with_all(inner, text) for key, inner in value.items()}
        case list() | tuple():
            return [with_all(inner, text) for inner in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [item.name for item in dataclasses.fields(value)]
            changed = {name: with_all(getattr(value, name), text) for name in names}
            return dataclasses.replace(value, **changed)
        case _:
            return value


def soup(pages: FlaskClient, page: Page, lang: str = "en") -> BeautifulSoup:
    return BeautifulSoup(pages.get(f"/{lang}/{page.name}").text, "html.parser")


def named(name: str) -> Page:
    return next(page for page in PAGES if page.name == name)


def shape(document: BeautifulSoup) -> list[tuple[str, list[str]]]:
    """Its elements and the names of their attributes."""
    return [(element.name, list(element.attrs)) for element in document.find_all(True)]


@pytest.mark.req("BR-03", "RU-13")
@every_page
def test_hostile_values_add_no_element_and_no_attribute(page: Page) -> None:
    harmless = sample_app(change=partial(with_all, text="x")).test_client()
    attacked = sample_app(change=partial(with_all, text=HOSTILE)).test_client()

    document = soup(attacked, page)

    assert shape(document) == shape(soup(harmless, page))
    assert "alert(1)" in str(document)


@pytest.mark.req("BR-05")
@every_page
def test_a_page_has_no_inline_style_and_no_script_without_the_nonce(
    page: Page, pages: FlaskClient
) -> None:
    document = soup(pages, page)

    scripts = document.find_all("script")

    assert not document.find_all("style")
    assert not [name for _, names in shape(document) for name in names if name.startswith("on")]
    assert not document.find_all(style=True)
    assert all(script.get("nonce") for script in scripts)
    assert len(scripts) == (page.name in {"form-post", "logging-out", "account-passkeys"})


@pytest.mark.req("RU-18")
@every_page
def test_a_page_loads_nothing_from_elsewhere(page: Page, pages: FlaskClient) -> None:
    document = soup(pages, page)

    loaded = [element["href"] for element in document.find_all("link")]
    loaded += [element["src"] for element in document.find_all(src=True)]

    assert loaded
    own = ("/static/", "data:image/")
    assert all(str(address).startswith(own) for address in loaded)


@every_page
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_names_its_language_its_title_and_its_landmarks(
    page: Page, lang: str, pages: FlaskClient
) -> None:
    document = soup(pages, page, lang)

    ids = [element["id"] for element in document.find_all(id=True)]

    assert document.html is not None
    assert document.html["lang"] == lang
    assert document.title is not None
    assert len(document.title.get_text(strip=True)) > len("· Fernwood")
    assert len(document.find_all("h1")) == len(document.find_all("main")) == 1
    assert len(ids) == len(set(ids))


@every_page
def test_every_field_has_a_label_and_every_form_of_ours_the_csrf_token(
    page: Page, pages: FlaskClient
) -> None:
    document = soup(pages, page)

    fields = document.select("input:not([type=hidden]):not([hidden]), select, textarea")
    labels = {label["for"] for label in document.find_all("label")}
    tokens = document.select("form input[name=csrf_token][value=csrf-1]")

    assert {field["id"] for field in fields} == labels
    # A form that is sent by GET changes nothing, and a token in an address would be seen.
    posted = document.select("form[method=post]")
    assert len(tokens) == len(posted) - (page.template == "form_post.html")


def buttons(document: BeautifulSoup) -> list[Tag]:
    return list(document.select("form button"))


@pytest.mark.parametrize("name", ["login", "login-refused", "login-again"])
def test_the_login_form_has_the_fields_that_clients_of_every_kind_fill_in(
    name: str, pages: FlaskClient
) -> None:
    document = soup(pages, named(name))

    submit, cancel = buttons(document)

    assert document.select_one("form input[name=username]")
    assert document.select_one("form input[name=password][type=password]")
    assert submit["type"] == "submit"
    assert not submit.has_attr("formnovalidate")
    assert cancel["name"] == "cancel"
    assert cancel.has_attr("formnovalidate")


def test_a_refused_login_says_why_and_keeps_the_user_name(pages: FlaskClient) -> None:
    document = soup(pages, named("login-refused"))

    summary = document.select_one("[role=alert]")
    username = document.select_one("input[name=username]")

    assert summary is not None
    assert "do not belong together" in summary.get_text()
    assert username is not None
    assert username["value"] == "alice@fernwood.example"
    assert document.title is not None
    assert document.title.get_text().startswith("Error:")


def test_an_error_in_a_field_is_linked_from_the_summary_and_described(pages: FlaskClient) -> None:
    document = soup(pages, named("login-incomplete"))

    links = [link["href"] for link in document.select("[role=alert] a")]
    username = document.select_one("input[name=username]")

    assert links == ["#username", "#password"]
    assert username is not None
    assert username["aria-invalid"] == "true"
    described = document.find(id=str(username["aria-describedby"]))
    assert described is not None
    assert described.get_text() == "Enter your email."


def test_confirming_keeps_the_user_name_as_it_is(pages: FlaskClient) -> None:
    document = soup(pages, named("login-again"))

    username = document.select_one("input[name=username]")

    assert username is not None
    assert username.has_attr("readonly")
    assert username["value"] == "alice"
    assert "Alice Example" in document.get_text()


def test_consent_sends_what_must_be_and_lets_the_person_choose_the_rest(
    pages: FlaskClient,
) -> None:
    document = soup(pages, named("consent"))

    allow, cancel = buttons(document)
    fixed = [item["value"] for item in document.select("input[type=hidden][name=scope]")]
    chosen = [
        item["value"] for item in document.select("input[type=checkbox][name=scope][checked]")
    ]

    assert (allow["name"], allow["value"]) == ("decision", "allow")
    assert cancel["name"] == "cancel"
    assert fixed == ["openid", "profile"]
    assert chosen == ["email", "loans"]
    assert "library.example" in document.get_text()
    assert "Know who you are" not in document.get_text()


def test_each_account_is_a_button_and_the_last_one_is_another(pages: FlaskClient) -> None:
    document = soup(pages, named("select-account"))

    found = [(button["name"], button["value"]) for button in buttons(document)]

    assert found == [("account", "a1"), ("account", "a2"), ("other", "1")]


def test_logging_out_can_be_refused(pages: FlaskClient) -> None:
    document = soup(pages, named("logout"))

    found = [(button["name"], button["value"]) for button in buttons(document)]

    assert found == [("decision", "logout"), ("decision", "stay")]


def test_an_error_page_says_error_and_how_to_ask_about_it(pages: FlaskClient) -> None:
    document = soup(pages, named("error"))

    text = document.get_text()

    assert "Error 400" in text
    assert "redirect_uri_mismatch" in text
    assert str(everywhere("en")["request_id"]) in text


def test_form_post_carries_the_values_as_they_are(pages: FlaskClient) -> None:
    document = soup(pages, named("form-post"))

    fields = {item["name"]: item["value"] for item in document.select("form input[type=hidden]")}

    assert fields == {"code": "ac_4kE", "state": 'x"y<z'}
    assert document.select_one("form noscript button[type=submit]")
