"""Settings that take an endpoint away."""

import pytest

from tests.support.running import running_site


@pytest.mark.req("Q-TOKEN_INTROSPECTION_ENABLED", "Q-TOKEN_REVOCATION_ENABLED", "B7", "B8")
def test_an_endpoint_that_is_switched_off_is_gone_and_not_in_the_metadata() -> None:
    with running_site(
        TOKEN_INTROSPECTION_ENABLED="false", TOKEN_REVOCATION_ENABLED="false"
    ) as site:
        statuses = [
            site.http.post(site.endpoint(name), data={"token": "x"}).status_code
            for name in ("introspect", "revoke")
        ]
        metadata = site.http.get(site.url(".well-known/openid-configuration")).json()

    assert statuses == [404, 404]
    assert not {"introspection_endpoint", "revocation_endpoint"} & metadata.keys()
