"""Which algorithm signs what: the tenant's, the resource's and the client's say."""

from base64 import urlsafe_b64decode

import orjson
import pytest

from authwell.identity.tenants.defaults import policy_defaults
from tests.config.test_settings import production
from tests.protocol.conftest import SERVICE, WEB, make_world


def algorithm(token: str) -> str:
    """What the header says."""
    return str(orjson.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))["alg"])


@pytest.mark.req("oidcc-idtoken-signature", "1.10")
def test_an_id_token_has_rs256_whatever_the_tenant_prefers() -> None:
    world = make_world(signing_algs=["ES256", "RS256"])

    tokens = world.redeem(world.code())

    assert algorithm(tokens["id_token"]) == "RS256"
    assert algorithm(tokens["access_token"]) == "ES256"


def test_a_client_chooses_among_the_algorithms_of_its_tenant() -> None:
    web = {**WEB, "id_token_signed_response_alg": "EdDSA"}
    service = {**SERVICE, "access_token_signing_alg": "ES256", "scope": "other"}
    world = make_world(web, service)

    id_token = world.redeem(world.code())["id_token"]
    token = world.token("service", grant_type="client_credentials")["access_token"]

    assert algorithm(id_token) == "EdDSA"
    assert algorithm(token) == "ES256"


@pytest.mark.req("Q-JWT_ALGORITHM")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_the_setting_is_the_default_of_every_tenant(alg: str) -> None:
    defaults = policy_defaults(production(JWT_ALGORITHM=alg))

    assert defaults["signing_algs"][0] == alg
    assert sorted(defaults["signing_algs"]) == ["ES256", "EdDSA", "RS256"]
