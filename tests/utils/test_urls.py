"""Origins in the form in which browsers send them (RFC 6454 section 6.2)."""

import pytest

from authwell.utils.urls import origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://spa.example/cb?x=1", "https://spa.example"),
        ("https://spa.example:443/cb", "https://spa.example"),
        ("http://spa.example:80/cb", "http://spa.example"),
        ("https://spa.example:80/cb", "https://spa.example:80"),
        ("https://spa.example:8443/cb", "https://spa.example:8443"),
        ("HTTPS://SPA.Example/cb", "https://spa.example"),
        ("http://[::1]:80/cb", "http://[::1]"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:3000"),
    ],
)
def test_an_origin_is_what_a_browser_sends(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url", ["com.example.app:/cb", "ftp://spa.example/cb", "https://spa.example:x/cb", "/cb", ""]
)
def test_what_has_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        origin_of(url)
