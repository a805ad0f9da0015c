"""A tenant's logo, colours and words in its mails."""

from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.mail.catalogue import samples
from authwell.identity.mail.letters import Letter
from authwell.identity.mail.rendering import House, Rendered, render
from authwell.identity.mail.wording import read_wordings, wordings_of
from authwell.identity.tenants.branding import read_branding
from authwell.protocol.policy import InvalidPolicy
from tests.protocol.conftest import WEB, make_world

ISSUER = "https://id.example"


def own(subject: object = "Welcome to {tenant}", opening: object = "Hi {name}.") -> Any:
    """The member `mails` of a policy."""
    return {"verify_email": {"en": {"subject": subject, "opening": opening}}}


def written(mails: Any, template: str = "verify_email", language: str = "en") -> Rendered:
    house = House("Acme", ISSUER, wordings=read_wordings(mails))
    return render(Letter(template, "a@b.example", language, samples(template, ISSUER)), house)


@pytest.mark.req("9.3")
def test_a_tenant_says_it_in_its_own_words() -> None:
    mail = written(own())

    assert mail.subject == "Welcome to Acme"
    assert "Hi Ada Lovelace." in mail.text
    assert "Confirm that this address" not in mail.text + mail.html
    assert f"{ISSUER}/verify-email?token=sample" in mail.text


def test_other_mails_and_languages_stay_ours() -> None:
    assert written(own(), language="de").subject == "Bestätigen Sie Ihre E-Mail-Adresse"
    assert written(own(), "magic_link").subject == "Your link to log in"
    assert written({"verify_email": {"en": {"subject": "Mine"}}}).text.count("Confirm that") == 1


@pytest.mark.req("RC-09")
@pytest.mark.parametrize(
    "text",
    [
        "{{ 7*7 }}",
        "{% import os %}",
        "{name.__class__}",
        "{name[0]}",
        "{name!r}",
        "{0}",
        "{}",
        "{link}",
        "{secret_key}",
        "{",
        "a\nb",
        "a\r\nBcc: x@y.example",
        "",
        " ",
        "x" * 1001,
        7,
        None,
        {"a": "b"},
    ],
)
@pytest.mark.parametrize("name", ["subject", "opening"])
def test_words_hold_nothing_but_places_for_values(name: str, text: object) -> None:
    with pytest.raises(InvalidPolicy, match=rf"^policy\.mails: verify_email\.en\.{name}: "):
        read_wordings(own(**{name: text}))


@pytest.mark.parametrize(
    "mails",
    [
        [],
        "x",
        {"no_such_mail": {}},
        {"verify_email": {"xx": {}}},
        {"verify_email": {"en": {"html": "x"}}},
        {"verify_email": ["en"]},
    ],
)
def test_what_does_not_exist_has_no_words(mails: object) -> None:
    with pytest.raises(InvalidPolicy):
        read_wordings(mails)


@pytest.mark.req("RC-09")
def test_words_are_no_html_and_values_no_places() -> None:
    mails = own("<b>{name}</b>", "<script>alert(1)</script> {tenant}")
    house = House("{name} <i>", ISSUER, wordings=read_wordings(mails))
    letter = Letter("verify_email", "a@b.example", "en", samples("verify_email", ISSUER))

    mail = render(letter, house)

    page = BeautifulSoup(mail.html, "html.parser")
    assert page.find(["script", "b", "i"]) is None
    assert mail.subject == "<b>Ada Lovelace</b>"
    assert "<script>alert(1)</script> {name} <i>" in mail.text


@pytest.mark.req("RC-09")
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_words_are_refused_or_shown_as_they_are(subject: str, opening: str) -> None:
    try:
        mail = written(own(subject, opening))
    except InvalidPolicy:
        return

    assert (
        mail.subject.split()
        == subject.replace("{tenant}", "Acme")
        .replace("{name}", "Ada Lovelace")
        .replace("{minutes}", "1 hour")
        .split()
    )
    assert "Ada Lovelace" in mail.text


def test_words_of_another_version_are_passed_over() -> None:
    tenant = make_world(WEB).server.tenant

    assert wordings_of(replace(tenant, people_policy={"mails": {"gone": {}}})) == {}
    assert wordings_of(replace(tenant, people_policy={"mails": own()}))


@pytest.mark.req("9.3")
def test_a_mail_has_the_logo_and_the_colours_of_its_tenant() -> None:
    logo = "https://cdn.example/logo.svg"
    branding = read_branding({"logo_uri": logo, "colors": {"light": {"brand": "#7a1fa2"}}})
    letter = Letter("verify_email", "a@b.example", "en", samples("verify_email", ISSUER))

    mail = render(letter, House("Acme", ISSUER, branding))
    plain = render(letter, House("Acme", ISSUER))

    (image,) = BeautifulSoup(mail.html, "html.parser").find_all("img")
    assert (image["src"], image["alt"]) == (logo, "Acme")
    assert 'bgcolor="#7a1fa2"' in mail.html
    assert "<img" not in plain.html
    assert "#7a1fa2" not in plain.html
