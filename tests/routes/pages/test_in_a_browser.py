"""The pages in Chromium: accessible, usable by keyboard, without scripts."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage
from playwright.sync_api import Page as View

from tests.routes.pages.samples import STILL

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def view(browser: Browser) -> Iterator[View]:
    """A new tab on a desk."""
    with browser.new_context(viewport={"width": 1280, "height": 860}) as context:
        yield context.new_page()


def test_axe_finds_nothing(view: View, address: str) -> None:
    found = {}

    for page in STILL:
        view.emulate_media(color_scheme="light")
        view.goto(f"{address}/en/{page.name}")
        light = Axe().run(view, options={"runOnly": TAGS})
        # The other scheme has other colours and nothing else.
        view.emulate_media(color_scheme="dark")
        dark = Axe().run(view, options={"runOnly": ["color-contrast"]})
        reports = [one.generate_report() for one in (light, dark) if one.violations_count]
        if reports:
            found[page.name] = reports

    assert found == {}


def test_the_policy_blocks_nothing_that_a_page_needs(view: View, address: str) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    view.on("console", note)
    for page in STILL:
        view.goto(f"{address}/en/{page.name}")
        view.evaluate("document.fonts.ready")

    assert complaints == []
    assert view.evaluate("document.fonts.check('1rem \"Instrument Sans\"')")


def test_a_person_logs_in_by_keyboard_alone(view: View, address: str) -> None:
    view.goto(f"{address}/en/login")
    # A browser sets the focus with the first picture that it draws, maybe after `load`.
    view.wait_for_function("document.activeElement !== document.body")

    order = []
    for _ in range(4):
        order.append(
            view.evaluate("document.activeElement.id || document.activeElement.name || 'submit'")
        )
        view.keyboard.press("Tab")
    view.focus("#username")
    view.keyboard.type("alice")
    view.keyboard.press("Tab")
    view.keyboard.type("secret")
    view.keyboard.press("Enter")
    view.wait_for_url("**/sent")

    assert order == ["username", "password", "submit", "cancel"]
    assert '["password","secret"]' in view.content()
    assert '"cancel"' not in view.content()


def test_cancel_needs_no_field(view: View, address: str) -> None:
    view.goto(f"{address}/en/login")

    view.click("button[name=cancel]")
    view.wait_for_url("**/sent")

    assert '["cancel","1"]' in view.content()


def test_what_has_the_focus_is_seen(view: View, address: str) -> None:
    view.goto(f"{address}/en/consent")

    widths = []
    for _ in range(4):
        view.keyboard.press("Tab")
        widths.append(view.evaluate("getComputedStyle(document.activeElement).outlineWidth"))

    assert set(widths) == {"3px"}


@pytest.mark.req("RU-13")
def test_form_post_goes_on_by_itself_and_changes_no_value(view: View, address: str) -> None:
    view.goto(f"{address}/en/form-post")
    view.wait_for_url("**/sent")

    assert view.evaluate("JSON.parse(document.body.innerText)") == [
        ["code", "ac_4kE"],
        ["state", 'x"y<z'],
    ]


def test_form_post_has_a_button_where_scripts_are_off(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        view = context.new_page()
        view.goto(f"{address}/en/form-post")

        view.get_by_role("button", name="Continue").click()
        view.wait_for_url("**/sent")

        assert '"code"' in view.content()
