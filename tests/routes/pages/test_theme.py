"""A tenant's looks on the pages: applied, served, exported, and harmless (BR-04)."""

import pytest

from authwell.identity.configuration.problems import Refused
from authwell.identity.configuration.service import Configurator
from authwell.identity.passwords.hashing import Passwords
from tests.routes.login.conftest import ISSUER, NOW, Here, MakeHere, make_here
from tests.support.browser import soup

__all__ = ["make_here"]

BRANDING = {
    "logo_uri": "https://cdn.example/logo.svg",
    "colors": {"light": {"brand": "#6a1b9a"}, "dark": {"brand": "#d7a6f0", "on_brand": "#1d0b26"}},
}
PURPLE = "#6a1b9a"


@pytest.fixture(scope="module")
def here(make_here: MakeHere) -> Here:
    """A server whose tenant has looks of its own."""
    made = make_here()
    made.apply(tenants=[{"slug": "default", "policy": {"branding": BRANDING}}])
    return made


@pytest.mark.req("9.3")
def test_every_page_has_the_stylesheet_and_the_logo_of_its_tenant(here: Here) -> None:
    browser = here.browser()
    pages = [browser.open(ISSUER), browser.open(f"{ISSUER}/login"), browser.open(f"{ISSUER}/x")]

    for page in pages:
        document = soup(page)
        assert document.select_one('link[href^="/theme.css?v="]')
        logo = document.select_one("img.house-logo")
        assert logo is not None
        assert logo["src"] == "https://cdn.example/logo.svg"
        assert (
            "img-src 'self' data: https://cdn.example;" in page.headers["content-security-policy"]
        )
        assert not document.find_all("style")


@pytest.mark.req("9.3", "BR-04", "BR-13")
def test_the_stylesheet_may_be_kept_and_is_no_page(here: Here) -> None:
    link = soup(here.browser().open(ISSUER)).select_one('link[href^="/theme.css"]')
    assert link is not None

    sheet = here.http.get(f"{ISSUER}{link['href']}")
    of_before = here.http.get(f"{ISSUER}/theme.css?v=0000")

    assert sheet.headers["content-type"].startswith("text/css")
    assert sheet.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in sheet.headers["cache-control"]
    assert "set-cookie" not in sheet.headers
    assert f"--color-brand: {PURPLE};" in sheet.text
    assert of_before.headers["cache-control"] == "public, max-age=60"


@pytest.mark.req("9.3")
def test_an_export_has_the_looks_as_they_were_given(here: Here) -> None:
    configurator = Configurator.of(here.site.database, here.site.settings, Passwords(1))

    exported = configurator.export(NOW, with_secrets=False)

    assert exported["tenants"][0]["policy"]["branding"] == BRANDING


@pytest.mark.req("BR-04", "9.3")
@pytest.mark.parametrize(
    "branding",
    [
        {"css": "body{display:none}"},
        {"logo_uri": "javascript:alert(1)"},
        {"colors": {"light": {"brand": "red;}</style><script>alert(1)</script>"}}},
        {"colors": {"light": {"brand": "#ffff00"}}},
    ],
)
def test_what_could_carry_a_script_or_cannot_be_read_is_not_applied(
    here: Here, branding: dict[str, object]
) -> None:
    before = here.rows("SELECT policy FROM tenants")

    with pytest.raises(Refused):
        here.apply(tenants=[{"slug": "default", "policy": {"branding": branding}}])

    assert here.rows("SELECT policy FROM tenants") == before


def test_a_tenant_without_looks_has_no_stylesheet(make_here: MakeHere) -> None:
    plain = make_here()

    page = plain.browser().open(ISSUER)

    assert not soup(page).select("link[href*=theme]")
    assert soup(page).select_one("svg.mark")
    assert plain.http.get(f"{ISSUER}/theme.css").status_code == 404
