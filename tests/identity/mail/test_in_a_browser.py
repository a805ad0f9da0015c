"""Mails as a mail program shows them: readable for everybody, on a phone too."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from authwell.identity.mail.catalogue import MAILS
from authwell.identity.mail.rendering import render
from tests.identity.mail.test_rendering import HOUSE, letter

# A mail has no landmarks: it is a part of the page of the program that shows it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.req("9.1")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_mails(scheme: Literal["light", "dark"], browser: Browser) -> None:
    found = {}

    with browser.new_context(
        color_scheme=scheme, viewport={"width": 390, "height": 844}
    ) as context:
        view = context.new_page()
        for template in MAILS:
            view.set_content(render(letter(template), HOUSE).html)
            result = Axe().run(view, options={"runOnly": TAGS})
            if result.violations_count:
                found[template] = result.generate_report()
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[template] = "is wider than a phone"

    assert found == {}
