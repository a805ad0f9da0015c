"""The pages in Chromium on the narrowest phone: nothing sticks out, in any language or direction."""

from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as View

from authwell.utils.translations import LANGUAGES
from tests.routes.pages.samples import STILL, sample_app
from tests.routes.pages.serving import served

WIDTH = 320


@pytest.fixture
def phone(browser: Browser) -> Iterator[View]:
    """A new tab on the narrowest phone."""
    with browser.new_context(viewport={"width": WIDTH, "height": 700}) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def mirrored() -> Iterator[str]:
    """The address of the sample pages in a language whose lines begin at the right."""
    with served(sample_app(change=_right_to_left)) as origin:
        yield origin


def _right_to_left(values: object) -> object:
    return {**cast("dict[str, object]", values), "direction": "rtl", "lang": "ar"}


def _too_wide(view: View, address: str) -> dict[str, int]:
    """The pages that are wider than the tab, each with its width in pixels."""
    wide = {}
    for page in STILL:
        view.goto(f"{address}/{page.name}")
        view.evaluate("document.fonts.ready")
        width = view.evaluate("document.documentElement.scrollWidth")
        if width > WIDTH:
            wide[page.name] = width
    return wide


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_sticks_out(lang: str, phone: View, address: str) -> None:
    assert _too_wide(phone, f"{address}/{lang}") == {}


@pytest.mark.req("9.1")
def test_nothing_sticks_out_where_lines_begin_at_the_right(phone: View, mirrored: str) -> None:
    assert _too_wide(phone, f"{mirrored}/en") == {}
    assert phone.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"


@pytest.mark.req("9.1")
@pytest.mark.parametrize("name", ["account", "console-list"])
def test_the_page_has_the_whole_width_below_its_menu(name: str, phone: View, address: str) -> None:
    phone.goto(f"{address}/en/{name}")

    menu = phone.locator(".menu").bounding_box()
    main = phone.locator("main").bounding_box()

    assert menu is not None
    assert main is not None
    assert main["width"] == menu["width"] > WIDTH - 40
    assert main["y"] >= menu["y"] + menu["height"]
