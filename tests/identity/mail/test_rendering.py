"""Every mail in every language, and what strangers may write into one."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from authwell.identity.mail.catalogue import MAILS, BadLetter, samples
from authwell.identity.mail.letters import Letter
from authwell.identity.mail.rendering import House, Rendered, render
from authwell.utils.translations import LANGUAGES, catalog

ISSUER = "https://id.example"
HOUSE = House("Acme", ISSUER)
TO = "ada@example.com"


def letter(template: str, language: str | None = "en", **changes: str) -> Letter:
    """A letter with the samples of the catalogue."""
    return Letter(template, TO, language, {**samples(template, ISSUER), **changes})


def words_of(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").body.get_text(" ").split())  # type: ignore[union-attr]


@pytest.mark.req("D12", "L9")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", MAILS)
def test_every_mail_is_written_in_every_language(template: str, language: str) -> None:
    values = samples(template, ISSUER)

    mail = render(letter(template, language), HOUSE)

    page = BeautifulSoup(mail.html, "html.parser")
    heading = page.h1
    assert page.html is not None
    assert heading is not None
    assert (page.html["lang"], page.html["dir"]) == (language, "ltr")
    assert heading.get_text() == mail.subject
    assert mail.language == language
    assert "Acme" in mail.text
    for name, value in values.items():
        if name.endswith("link"):
            assert value in mail.text
            assert value in {link["href"] for link in page.find_all("a")}
    shown = [value for name, value in values.items() if name in {"name", "device", "label", "left"}]
    assert all(value in words_of(mail.html) and value in mail.text for value in shown)


@pytest.mark.parametrize("template", MAILS)
def test_text_and_page_say_the_same(template: str) -> None:
    mail = render(letter(template), HOUSE)

    lines = [" ".join(line.split()) for line in mail.text.splitlines()]

    words = words_of(mail.html)
    for line in lines:
        parts = [part.strip(" :-") for part in line.split(": ") if not part.startswith("http")]
        assert all(part in words for part in parts), line


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_no_mail_is_left_in_english(language: str) -> None:
    for template in MAILS:
        there, here = (render(letter(template, tag), HOUSE).text for tag in ("en", language))
        same = set(there.splitlines()) & set(here.splitlines())

        assert [line for line in same if " " in line and line != "Name: Phone"] == []


@pytest.mark.parametrize(
    ("tag", "language"), [(None, "en"), ("de-AT", "de"), ("xx", "en"), ("JA", "ja")]
)
def test_the_language_is_the_readers_if_we_have_it(tag: str | None, language: str) -> None:
    assert render(letter("magic_link", tag), HOUSE).language == language


@pytest.mark.parametrize("template", MAILS)
def test_a_letter_has_the_values_of_the_catalogue(template: str) -> None:
    for name in MAILS[template].values:
        values = samples(template, ISSUER)
        del values[name]

        with pytest.raises(BadLetter, match=name):
            render(Letter(template, TO, None, values), HOUSE)


@pytest.mark.req("RC-01")
@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/reset-password?token=x",
        "https://id.example.evil.example/reset-password",
        "https://id.example@evil.example/",
        "javascript:alert(1)",
    ],
)
def test_no_link_leads_away_from_the_issuer(link: str) -> None:
    with pytest.raises(BadLetter):
        render(letter("reset_password", link=link), HOUSE)


PAYLOADS = [
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ self._TemplateReference__context }}",
    "%(tenant)s %(issuer)s",
    "${7*7} #{7*7}",
]


@pytest.mark.req("RC-09")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_strangers_gave_is_no_template(payload: str) -> None:
    mail = render(letter("factor_added", label=payload), House(payload, ISSUER))

    assert payload in mail.text
    assert payload in words_of(mail.html)
    assert "49" not in mail.text
    assert "<class" not in mail.text


@pytest.mark.req("RC-09")
def test_what_strangers_gave_is_no_html() -> None:
    evil = '<img src=x onerror=alert(1)>"\'&<a href="https://evil.example">'

    mail = render(letter("factor_added", label=evil), House(evil, ISSUER))

    page = BeautifulSoup(mail.html, "html.parser")
    assert page.find("img") is None
    assert {link["href"] for link in page.find_all("a")} == {f"{ISSUER}/account/security"}
    assert evil in mail.text


@pytest.mark.req("RC-07", "RC-08")
@pytest.mark.parametrize(
    "name",
    [
        "You have won! https://evil.example",
        "evil.example waits for you",
        "www evil",
        "a@evil.example",
    ],
)
def test_a_name_is_no_advertisement(name: str) -> None:
    mail = render(letter("verify_email", name=name), HOUSE)

    assert "Hello," in mail.text
    assert "evil" not in mail.text + mail.html


@pytest.mark.req("RC-08")
def test_a_value_stays_in_its_line() -> None:
    label = "Phone\r\n\r\nIf in doubt, \u202ecall\x00 +1 555"

    mail = render(letter("factor_added", label=label), House("Acme\nBcc: x@y.z", ISSUER))

    assert "Name: Phone If in doubt, call +1 555" in mail.text
    assert "\nBcc" not in mail.text
    assert "\n" not in mail.subject


@pytest.mark.parametrize("name", ["", "J. S. Bach", "Łukasz O’Neill-Smith", "山田 太郎"])
def test_names_of_people_are_greeted(name: str) -> None:
    mail = render(letter("verify_email", name=name), HOUSE)

    assert mail.text.startswith(f"Hello {name}," if name else "Hello,")


@pytest.mark.parametrize(
    ("minutes", "waited", "told"),
    [
        ("15", timedelta(seconds=2), "15 minutes"),
        ("15", timedelta(minutes=5), "10 minutes"),
        ("60", timedelta(0), "1 hour"),
        ("90", timedelta(0), "90 minutes"),
        ("1440", timedelta(0), "24 hours"),
        ("4320", timedelta(0), "3 days"),
    ],
)
def test_the_time_of_a_link_is_what_is_left_of_it(
    minutes: str, waited: timedelta, told: str
) -> None:
    mail = render(letter("magic_link", minutes=minutes), HOUSE, waited)

    assert f"for {told}." in mail.text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "24 Stunden"),
        ("es", "24 horas"),
        ("fr", "24 heures"),
        ("ja", "24 時間"),
        ("nl", "24 uur"),
    ],
)
def test_the_time_of_a_link_is_told_in_the_readers_words(language: str, told: str) -> None:
    mail = render(letter("magic_link", language, minutes="1440"), HOUSE)

    assert told in " ".join(mail.text.split())


@pytest.mark.req("L9")
def test_a_fact_that_is_not_known_is_left_out() -> None:
    mail = render(letter("new_device", location="", device=""), HOUSE)

    assert "Location" not in mail.text + mail.html
    assert "IP address: 192.0.2.7" in mail.text


def test_the_old_address_does_not_tell_the_new_one() -> None:
    mail: Rendered = render(letter("email_changed", new_email="grace@new.example"), HOUSE)

    assert "g•••@new.example" in mail.text
    assert "grace" not in mail.text + mail.html


def test_a_language_without_a_catalog_has_none() -> None:
    assert catalog("en").gettext("Log in") == "Log in"
    assert catalog("ja").gettext("Log in") == "ログイン"
