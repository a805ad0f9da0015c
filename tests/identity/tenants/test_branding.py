"""Branding: what a tenant may say of its looks, and that people can read it."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import authwell
from authwell.identity.tenants.branding import DEFAULTS, SCHEMES, Branding, contrast, read_branding
from authwell.protocol.policy import InvalidPolicy

TOKENS = (Path(authwell.__path__[0]) / "static/tokens.css").read_text()
PURPLE = {
    "logo_uri": "https://cdn.example/logo.svg",
    "colors": {
        "light": {"brand": "#6A1B9A", "on_brand": "#ffffff"},
        "dark": {"brand": "#d7a6f0", "on_brand": "#1d0b26"},
    },
}
HOSTILE = (
    "red",
    "#fff",
    "#ffffffff",
    "#0b5d59;}body{display:none}",
    "url(https://evil.example)",
    "#0b5d5\n",
    "#0b5d59\n",
    "</style><script>alert(1)</script>",
    "var(--x)",
    "#١٢٣٤٥٦",
    7,
    None,
    ["#0b5d59"],
)


def test_the_defaults_are_those_of_the_stylesheet() -> None:
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")

    for scheme, text in zip(SCHEMES, (light, dark), strict=True):
        found = dict(re.findall(r"--color-([a-z-]+): (#[0-9a-f]{6});", text))
        for name, color in DEFAULTS[scheme].items():
            assert found[name.replace("_", "-")] == color, (scheme, name)


@pytest.mark.req("9.3")
def test_the_defaults_can_be_read() -> None:
    own = {"colors": {scheme: dict(DEFAULTS[scheme]) for scheme in SCHEMES}}

    assert read_branding(own).colors == DEFAULTS


def test_no_branding_is_none() -> None:
    assert read_branding(None) == read_branding({}) == Branding()
    assert Branding().stylesheet == Branding().version == ""


@pytest.mark.req("9.3")
def test_colours_become_custom_properties_and_what_is_left_out_is_derived() -> None:
    branding = read_branding(PURPLE)

    assert branding.logo_uri == "https://cdn.example/logo.svg"
    assert branding.color("brand") == "#6a1b9a"
    assert branding.color("link") == "#6a1b9a"
    assert branding.color("brand_hover") == "#54157b"
    assert branding.color("text") == DEFAULTS["light"]["text"]
    assert "--color-on-brand: #ffffff;\n" in branding.stylesheet
    assert "@media (prefers-color-scheme: dark) {\n:root {\n--color-brand: #d7a6f0;" in (
        branding.stylesheet
    )
    assert branding.version != read_branding({"colors": {"dark": {"ring": "#222222"}}}).version


@pytest.mark.req("BR-04", "9.3")
@pytest.mark.parametrize("color", HOSTILE)
def test_a_colour_is_six_digits_and_nothing_else(color: Any) -> None:
    with pytest.raises(InvalidPolicy, match=r"branding: colors\.light\.line"):
        read_branding({"colors": {"light": {"line": color}}})


@pytest.mark.req("BR-04")
@pytest.mark.parametrize(
    "uri",
    [
        "http://cdn.example/logo.svg",
        "javascript:alert(1)",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "https://cdn.example/logo.svg; script-src *",
        "https://cdn.example/logo.svg 'unsafe-inline'",
        'https://cdn.example/"onerror=alert(1)',
        "https://user@cdn.example/logo.svg",
        "//cdn.example/logo.svg",
        "https://",
        "https://cdn.example/" + "x" * 2048,
        7,
        "",
    ],
)
def test_a_logo_is_an_https_address_and_nothing_else(uri: Any) -> None:
    with pytest.raises(InvalidPolicy, match="branding: logo_uri"):
        read_branding({"logo_uri": uri})


@pytest.mark.req("9.3", "9.1")
@pytest.mark.parametrize(
    ("scheme", "colors", "problem"),
    [
        ("light", {"brand": "#ffd54f"}, "link on page has a contrast of"),
        ("light", {"text": "#888888"}, "text on page"),
        ("light", {"on_brand": "#0b5d59"}, "on_brand on brand has a contrast of 1.00"),
        ("dark", {"brand": "#0b5d59"}, "link on page"),
        ("dark", {"line_field": "#1a2a28"}, "line_field on surface"),
        ("light", {"focus": "#ffffff"}, "focus on page"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_pair(
    scheme: str, colors: dict[str, str], problem: str
) -> None:
    with pytest.raises(InvalidPolicy, match=problem):
        read_branding({"colors": {scheme: colors}})


@pytest.mark.parametrize(
    "value",
    [
        *("x", 7, [], {7: 8}, {"css": "body{}"}),
        *({"colors": []}, {"colors": {"sepia": {}}}),
        *({"colors": {"light": {"x": "#000000"}}}, {"colors": {"light": 7}}),
    ],
)
def test_other_members_are_unknown(value: Any) -> None:
    with pytest.raises(InvalidPolicy, match=r"policy\.branding"):
        read_branding(value)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.req("BR-04")
@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS["light"])), st.text(max_size=20)))
def test_no_text_reaches_the_stylesheet(colors: dict[str, str]) -> None:
    try:
        branding = read_branding({"colors": {"light": colors}})
    except InvalidPolicy:
        return
    assert re.fullmatch(
        r"(:root \{\n(--color-[a-z-]+: #[0-9a-f]{6};\n)+\}\n)?", branding.stylesheet
    )
