"""Client authentication (RFC 6749 sections 2.3 and 3.2.1): one method, the registered one."""

import ast
import time
from pathlib import Path

import pytest

import authwell
from tests.support.checks import refused
from tests.support.configuration import secret_of
from tests.support.site import Site, basic

SERVICE = {"grant_type": "client_credentials"}


@pytest.mark.req("B4", "B15", "1.4")
def test_a_service_authenticates_by_basic(site: Site) -> None:
    response = site.token("service", grant_type="client_credentials", scope="read write")

    assert response.status_code == 200
    assert set(response.json()["scope"].split()) == {"read", "write"}
    assert "refresh_token" not in response.json()
    assert "id_token" not in response.json()


@pytest.mark.req("B15")
def test_secrets_with_special_characters_are_decoded_once(site: Site) -> None:
    site.apply(
        {
            "clients": [
                {
                    "client_id": "odd:client%",
                    "client_secret": "a secret+with:odd%20characters&of-length",
                    "grant_types": ["client_credentials"],
                    "token_endpoint_auth_method": "client_secret_basic",
                    "scope": "read",
                }
            ]
        }
    )

    response = site.post(
        "token", SERVICE, basic("odd:client%", "a secret+with:odd%20characters&of-length")
    )

    assert response.status_code == 200


@pytest.mark.req("CA-01")
@pytest.mark.parametrize("secret", ["wrong", "", secret_of("reader"), secret_of("service")[:-1]])
@pytest.mark.parametrize("client_id", ["service", "nobody"])
def test_a_wrong_secret_and_an_unknown_client_look_the_same(
    site: Site, client_id: str, secret: str
) -> None:
    reference = site.post("token", SERVICE, basic("service", "wrong"))

    response = site.post("token", SERVICE, basic(client_id, secret))

    assert refused(response, "invalid_client", status=401)
    assert response.json() == reference.json()
    assert response.headers["www-authenticate"].startswith("Basic")


@pytest.mark.req("CA-01")
@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke"])
def test_no_authentication_at_all_is_refused(site: Site, endpoint: str) -> None:
    response = site.post(endpoint, {**SERVICE, "token": "x"})

    assert refused(response, "invalid_client", status=401)


@pytest.mark.req("CA-01")
@pytest.mark.parametrize(
    "credentials",
    ["Basic", "Basic !!!", "Basic c2VydmljZQ==", "Basic OnNlY3JldA==", "Bearer x", "x"],
)
def test_unreadable_credentials_are_a_plain_refusal(site: Site, credentials: str) -> None:
    response = site.post("token", SERVICE, {"Authorization": credentials})

    assert refused(response, "invalid_client", status=401) or refused(response, "invalid_request")


@pytest.mark.req("CA-02")
@pytest.mark.parametrize("client_id", ["service", "web-post", "web"])
def test_a_confidential_client_cannot_just_name_itself(site: Site, client_id: str) -> None:
    response = site.post("token", {**SERVICE, "client_id": client_id})

    assert refused(response, "invalid_client", status=401)


@pytest.mark.req("CA-03")
def test_two_methods_in_one_request_are_refused(site: Site) -> None:
    fields = {**SERVICE, "client_id": "service", "client_secret": secret_of("service")}

    response = site.post("token", fields, basic("service", secret_of("service")))

    assert refused(response, "invalid_request")


@pytest.mark.req("CA-03")
def test_an_assertion_beside_a_secret_is_refused(site: Site) -> None:
    fields = {
        **SERVICE,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "a.b.c",
    }

    response = site.post("token", fields, basic("service", secret_of("service")))

    assert refused(response, "invalid_request")


@pytest.mark.req("CA-04", "B15")
def test_a_method_that_is_not_registered_is_refused(site: Site) -> None:
    by_body = {**SERVICE, "client_id": "service", "client_secret": secret_of("service")}

    body_for_basic = site.post("token", by_body)
    basic_for_body = site.post("token", SERVICE, basic("web-post", secret_of("web-post")))
    basic_for_none = site.post("token", SERVICE, basic("spa", ""))

    assert refused(body_for_basic, "invalid_client", status=401)
    assert refused(basic_for_body, "invalid_client", status=401)
    assert refused(basic_for_none, "invalid_client", status=401)


@pytest.mark.req("CA-04")
def test_a_public_client_with_a_secret_is_refused(site: Site) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "spa"}

    response = site.post("token", {**fields, "client_secret": "anything"})

    assert refused(response, "invalid_client", status=401)


@pytest.mark.req("CA-04", "CA-01")
def test_the_body_may_repeat_the_client_id_but_not_another(site: Site) -> None:
    header = basic("service", secret_of("service"))

    same = site.post("token", {**SERVICE, "client_id": "service"}, header)
    other = site.post("token", {**SERVICE, "client_id": "reader"}, header)

    assert same.status_code == 200
    assert other.status_code in (400, 401)


@pytest.mark.req("CA-11", "0.7")
def test_guessing_is_limited_and_locks_nobody_else_out(limited_site: Site) -> None:
    stranger = {**basic("service", "wrong"), "X-Forwarded-For": "192.0.2.1"}
    owner = {**basic("service", secret_of("service")), "X-Forwarded-For": "192.0.2.2"}

    statuses = [limited_site.post("token", SERVICE, stranger).status_code for _ in range(120)]

    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert limited_site.post("token", SERVICE, owner).status_code == 200


@pytest.mark.req("CA-12")
def test_hashes_of_secrets_are_compared_in_constant_time() -> None:
    source = Path(authwell.__file__).parent / "identity/clients/secrets.py"
    names = {
        node.attr
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute)
    }

    assert "compare_digest" in names


@pytest.mark.req("CA-01", "CA-12")
def test_an_unknown_client_takes_as_long_as_a_wrong_secret(site: Site) -> None:
    def median(client_id: str) -> float:
        times = []
        for _ in range(41):
            begun = time.perf_counter()
            site.post("token", SERVICE, basic(client_id, "wrong" * 8))
            times.append(time.perf_counter() - begun)
        return sorted(times)[20]

    assert abs(median("service") - median("nobody")) < 0.01


@pytest.mark.req("CA-13", "HT-07")
def test_a_token_request_by_get_is_405(site: Site) -> None:
    response = site.http.get(
        site.endpoint("token"),
        params={**SERVICE, "client_id": "service", "client_secret": secret_of("service")},
    )

    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


@pytest.mark.req("CA-13")
@pytest.mark.parametrize("name", ["client_secret", "client_id", "code", "refresh_token", "scope"])
def test_parameters_of_the_url_do_not_count(site: Site, name: str) -> None:
    response = site.http.post(
        site.endpoint("token"),
        params={name: secret_of("web-post")},
        content=b"grant_type=client_credentials&client_id=web-post",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert refused(response, "invalid_client", status=401) or refused(response, "invalid_request")


@pytest.mark.req("CA-15")
@pytest.mark.parametrize("client_id", ["spa", "native"])
def test_a_public_client_has_no_client_credentials(site: Site, client_id: str) -> None:
    response = site.post("token", {**SERVICE, "client_id": client_id})

    assert refused(response, "unauthorized_client")


@pytest.mark.req("CA-15", "B13")
@pytest.mark.parametrize("scope", ["write", "read write", "admin", "openid", "nonsense"])
def test_a_scope_that_was_not_given_is_invalid_scope(site: Site, scope: str) -> None:
    response = site.token("reader", grant_type="client_credentials", scope=scope)

    assert refused(response, "invalid_scope")


@pytest.mark.req("CA-15")
@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token"])
def test_a_grant_type_that_is_not_registered_is_refused(site: Site, grant: str) -> None:
    response = site.token("service", grant_type=grant, code="x", refresh_token="x")

    assert refused(response, "unauthorized_client")


@pytest.mark.req("1.6", "B6")
def test_the_password_grant_is_unsupported_and_unlisted(site: Site) -> None:
    response = site.token("web", grant_type="password", username="alice", password="x")

    assert refused(response, "unsupported_grant_type")
    assert "password" not in site.metadata()["grant_types_supported"]
