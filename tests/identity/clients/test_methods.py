"""Clients that authenticate by assertion, as `authwell apply` and the API take them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from joserfc.jwk import ECKey

from authwell.identity.clients.secrets import ClientSecrets, Owner, UnfitSecret
from authwell.identity.configuration.problems import Refused
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.model import Client
from authwell.protocol.policy import PROFILES
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import NOW, SECRET, Desk, Entry, desk, service

KEYS = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
SIGNING = "client_secret_jwt"


@pytest.fixture
def here(new_database: NewDatabase) -> Iterator[Desk]:
    made = desk(new_database("sqlite"))
    yield made
    made.database.close()


def signing(**members: object) -> Entry:
    return service(token_endpoint_auth_method=SIGNING, **members)


def keyed(**members: object) -> Entry:
    whole = {"token_endpoint_auth_method": "private_key_jwt", "client_secret": None, **members}
    return service(**whole)


def registered(here: Desk) -> Client:
    record = here.configurator.client("service")
    registration = Registration(here.configurator.state().tenant.id, PROFILES, record.secrets)
    return read_client({**record.metadata, "client_id": "service"}, registration)


def secrets(here: Desk) -> ClientSecrets:
    return here.configurator.rules.secrets


def problems(here: Desk, *entries: Entry) -> list[str]:
    with pytest.raises(Refused) as refused:
        here.apply({"clients": list(entries)})
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.req("DC-07")
def test_a_secret_that_signs_is_kept_sealed_and_can_be_read(here: Desk) -> None:
    here.apply({"clients": [signing(client_secret=SECRET)]})

    client = registered(here)

    assert [kept.kind for kept in client.secrets] == ["sealed"]
    assert SECRET not in client.secrets[0].value
    assert secrets(here).readable(client, NOW) == (SECRET.encode(),)
    assert secrets(here).readable(replace(client, client_id="other"), NOW) == ()


def test_only_such_clients_have_one(here: Desk) -> None:
    here.apply({"clients": [service(client_secret=SECRET)]})

    assert [kept.kind for kept in registered(here).secrets] == ["hmac"]
    assert secrets(here).readable(registered(here), NOW) == ()


@pytest.mark.parametrize("entry", [signing(client_secret=SECRET), keyed(jwks=KEYS)])
def test_the_same_again_changes_nothing(here: Desk, entry: Entry) -> None:
    here.apply({"clients": [entry]})

    assert here.lines({"clients": [entry]}) == []


def test_the_form_of_a_secret_follows_the_method(here: Desk) -> None:
    here.apply({"clients": [service(client_secret=SECRET)]})
    without = problems(here, signing(client_secret=None))
    here.apply({"clients": [signing(client_secret=SECRET)]})
    sealed = registered(here)
    here.apply({"clients": [service(client_secret=None)]})
    plain = registered(here)

    assert without == [
        (
            "clients[0].client_secret: is missing: client_secret_jwt needs one; "
            "`authwell client rotate-secret` makes one"
        )
    ]
    assert [kept.kind for kept in sealed.secrets] == ["sealed"]
    assert [kept.kind for kept in plain.secrets] == ["hmac"]
    assert secrets(here).matches(plain, SECRET, NOW)


def test_a_secret_that_signs_is_long(here: Desk) -> None:
    found = problems(here, signing(client_secret="short"))

    assert found == ["clients[0].client_secret: must have 32 or more bytes to sign with"]
    with pytest.raises(UnfitSecret):
        secrets(here).keep_for("x" * 31, _owner(here), signs=True)


def _owner(here: Desk) -> Owner:
    return Owner(here.configurator.state().tenant.id, "service")


def test_a_rotated_secret_signs_beside_the_one_before(here: Desk) -> None:
    here.apply({"clients": [signing(client_secret=SECRET)]})

    made = here.configurator.rotate_secret("service", here.author)

    assert made.secret is not None
    assert set(secrets(here).readable(registered(here), NOW)) == {
        SECRET.encode(),
        made.secret.encode(),
    }


def test_a_client_with_keys_has_no_secret(here: Desk) -> None:
    made = here.configurator.create_client(keyed(jwks=KEYS), here.author)
    declared = problems(here, keyed(jwks=KEYS, client_secret=SECRET))

    assert made.secret is None
    assert made.client.secrets == ()
    assert declared == [
        (
            "clients[0].client_secret: a client whose token_endpoint_auth_method is "
            "private_key_jwt has no secret"
        )
    ]
    with pytest.raises(Refused):
        here.configurator.rotate_secret("service", here.author)


def test_its_keys_come_from_one_place(here: Desk) -> None:
    uri = "https://client.example/jwks"

    assert problems(here, keyed()) == [
        "clients[0].jwks: is missing: private_key_jwt needs jwks or jwks_uri"
    ]
    assert problems(here, keyed(jwks=KEYS, jwks_uri=uri)) == [
        "clients[0].jwks: stands beside jwks_uri; give one of them"
    ]
    here.apply({"clients": [keyed(jwks_uri=uri)]})
    assert registered(here).jwks_uri == uri


def test_an_export_with_secrets_can_be_applied_again(here: Desk) -> None:
    here.apply({"clients": [signing(client_secret=SECRET)]})
    exported = here.configurator.export(NOW, with_secrets=True)

    assert here.lines({"clients": exported["clients"]}) == []


def test_a_sealed_secret_of_another_server_is_refused(here: Desk) -> None:
    digests = [{"kind": "sealed", "value": "A" * 100}]

    found = problems(here, signing(client_secret=None, client_secret_digests=digests))

    assert "clients[0].client_secret_digests: has a sealed secret that this server cannot open" in (
        found
    )
