"""What a tenant's policy may say."""

import pytest

from authwell.protocol.policy import InvalidPolicy, tenant_policies


@pytest.mark.parametrize(
    "page",
    [
        "https://join.example",
        "https://join.example/start?from=id",
        "/join",
        "http://localhost/join",
    ],
)
def test_the_registration_page_is_kept_as_it_is(page: str) -> None:
    policies = tenant_policies({"registration_page": page}, {})

    assert {policy.registration_page for policy in policies.values()} == {page}


@pytest.mark.req("BR-06")
@pytest.mark.parametrize(
    "page",
    [
        "http://join.example",
        "//evil.example/join",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://us@evil.example",
        "https://join.example/#top",
        "/join\r\nLocation: https://evil.example",
        "join",
        "",
        7,
        ["https://join.example"],
    ],
)
def test_a_registration_page_is_https_or_a_path(page: object) -> None:
    with pytest.raises(InvalidPolicy, match="registration_page"):
        tenant_policies({"registration_page": page}, {})
