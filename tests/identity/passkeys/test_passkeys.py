"""Registering and using passkeys, by an authenticator that can also lie (WebAuthn Level 3)."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from authwell.identity.factors.second_factors import SecondFactors
from authwell.identity.login.guard import AddressLocked
from authwell.identity.mail.letters import Letters
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.names import InvalidName
from authwell.identity.passkeys.party import is_possible
from authwell.identity.passkeys.registration import MOST, NewPasskey
from authwell.identity.passkeys.service import Passkeys
from authwell.models.work import outbox
from authwell.protocol.model import Account
from authwell.storage.login.passkeys import Passkey
from authwell.storage.statements import Statement
from authwell.utils.sealing import Sealer
from tests.identity.conftest import People
from tests.support.authenticator import (
    BACKED_UP,
    EDDSA,
    ELIGIBLE,
    ES256,
    PRESENT,
    RS256,
    Authenticator,
    b64,
    new_key,
)

HOLDER = "browser-1"
ES384 = -35
SEALER = Sealer(bytes(range(32)))


@dataclass
class Ring:
    """Alice, her authenticators, and the server's services."""

    people: People
    alice: Account
    refuse_counter: bool = True

    @property
    def passkeys(self) -> Passkeys:
        settings = replace(self.people.settings, passkey_refuse_counter=self.refuse_counter)
        factors = SecondFactors(self.people.database, SEALER, Letters(SEALER), settings)
        return Passkeys.of(self.people.database, SEALER, factors, settings)

    @property
    def origin(self) -> str:
        return self.people.server.issuer

    def authenticator(self, **members: Any) -> Authenticator:
        return Authenticator(self.origin, **members)

    def register(
        self,
        authenticator: Authenticator,
        account: Account | None = None,
        *,
        name: str = "Phone",
        passwordless: bool = False,
    ) -> Passkey:
        owner, begin = account or self.alice, self.passkeys.registration.begin
        options = begin(self.people.server, owner, HOLDER, passwordless=passwordless)
        return self.complete(NewPasskey(name, authenticator.create(options)), owner)

    def complete(self, wanted: NewPasskey, owner: Account) -> Passkey:
        registration = self.passkeys.registration
        return registration.complete(self.people.server, owner, HOLDER, wanted).passkey

    def remove(self, passkey: Passkey, account: Account) -> Passkey | None:
        return self.passkeys.keyring.remove(self.people.server, account, passkey.id)

    def log_in(self, authenticator: Authenticator) -> tuple[str, set[str]]:
        """Who it is, and how it was shown."""
        options = self.passkeys.authentication.begin_login(self.people.server, HOLDER)
        return self.finish(authenticator.get(options))

    def finish(self, sent: object, holder: str = HOLDER, after: int = 0) -> tuple[str, set[str]]:
        server = self.people.at(timedelta(seconds=after))
        proven = self.passkeys.authentication.complete_login(server, holder, sent)
        return proven.account.id, set(proven.methods)


@pytest.fixture
def ring(people: People, request: pytest.FixtureRequest) -> Ring:
    name = f"alice-{abs(hash(request.node.name))}"
    return Ring(people, people.add(name))


def refusal(call: Callable[[], object]) -> str:
    """The rule by which the call is refused."""
    with pytest.raises(PasskeyRefused) as refused:
        call()
    return refused.value.rule


@pytest.mark.req("2.8", "E11", "MF-09")
@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
@pytest.mark.parametrize("attestation", ["none", "packed"])
def test_a_passkey_is_registered_and_logs_in(ring: Ring, algorithm: int, attestation: str) -> None:
    key = ring.authenticator(algorithm=algorithm, attestation=attestation)

    made = ring.register(key)

    assert (made.name, made.attestation, made.is_discoverable) == ("Phone", attestation, True)
    assert ring.log_in(key) == (ring.alice.id, {"pop", "user", "mfa"})


@pytest.mark.req("MF-05")
def test_the_owner_is_told_by_mail_and_the_audit_log_of_both_ends(ring: Ring) -> None:
    made = ring.register(ring.authenticator())
    removed = ring.remove(made, ring.alice)

    entries = ring.people.database.all(Statement(select(outbox.c.kind)), {})

    assert removed == made
    assert [entry.kind for entry in entries].count("mail") >= 2
    types = [kind for kind, _ in ring.people.events(ring.alice)]
    assert types[-4:] == [
        *("passkey.registered", "factor.added"),
        *("passkey.removed", "factor.removed"),
    ]


@pytest.mark.req("MF-09")
def test_a_synchronized_key_is_not_called_hardware_and_keeps_its_flags(ring: Ring) -> None:
    key = ring.authenticator()
    key.flags |= ELIGIBLE
    made = ring.register(key)
    key.flags |= BACKED_UP

    methods = ring.log_in(key)[1]

    (kept,) = ring.passkeys.keyring.list(made.tenant_id, ring.alice.id)
    assert methods == {"pop", "swk", "user", "mfa"}
    assert (made.is_backup_eligible, made.is_backed_up, kept.is_backed_up) == (True, False, True)
    assert kept.last_used_at is not None


def test_eligibility_never_changes(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    key.flags |= ELIGIBLE

    assert refusal(lambda: ring.log_in(key)) == "passkey_not_proven"


@pytest.mark.req("PA-01")
def test_without_user_verification_nobody_logs_in_by_a_passkey_alone(ring: Ring) -> None:
    key = ring.authenticator(flags=PRESENT)
    ring.register(key)

    assert refusal(lambda: ring.log_in(key)) == "passkey_user_verification"


@pytest.mark.req("PA-01", "MF-09")
def test_after_a_password_presence_is_enough_and_is_told_as_such(ring: Ring) -> None:
    key = ring.authenticator(flags=PRESENT)
    ring.register(key)
    authentication, server = ring.passkeys.authentication, ring.people.server
    options = authentication.begin_factor(server, ring.alice, HOLDER)

    proven = authentication.complete_factor(server, ring.alice, HOLDER, key.get(options))

    assert set(proven.methods) == {"pop", "user"}


@pytest.mark.req("PA-01")
def test_a_passwordless_registration_verifies_its_user(ring: Ring) -> None:
    key = ring.authenticator(flags=PRESENT)

    assert refusal(lambda: ring.register(key, passwordless=True)) == "passkey_user_verification"


def test_somebody_must_be_present(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    key.flags = 0x04

    assert refusal(lambda: ring.log_in(key)) == "passkey_not_proven"


@pytest.mark.req("PA-02")
def test_a_response_is_taken_once(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    sent = key.get(ring.passkeys.authentication.begin_login(ring.people.server, HOLDER))
    ring.finish(sent)

    assert refusal(lambda: ring.finish(sent)) == "passkey_challenge"


@pytest.mark.req("PA-02")
@pytest.mark.parametrize(("holder", "after"), [("browser-2", 0), (HOLDER, 301)])
def test_a_challenge_is_for_one_browser_and_five_minutes(
    ring: Ring, holder: str, after: int
) -> None:
    key = ring.authenticator()
    ring.register(key)
    sent = key.get(ring.passkeys.authentication.begin_login(ring.people.server, HOLDER))

    assert refusal(lambda: ring.finish(sent, holder, after)) == "passkey_challenge"


@pytest.mark.req("PA-02")
def test_a_challenge_lives_for_five_minutes(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    sent = key.get(ring.passkeys.authentication.begin_login(ring.people.server, HOLDER))

    assert ring.finish(sent, after=299)[0] == ring.alice.id


@pytest.mark.req("PA-02", "PA-06")
def test_a_challenge_of_another_ceremony_is_nothing(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    passkeys, server = ring.passkeys, ring.people.server
    of_factor = passkeys.authentication.begin_factor(server, ring.alice, HOLDER)
    of_new = passkeys.registration.begin(server, ring.alice, HOLDER, passwordless=False)
    of_login = passkeys.authentication.begin_login(server, HOLDER)

    login = key.get({**of_login, **_only(of_new)})
    new = NewPasskey("Key", ring.authenticator().create({**of_new, **_only(of_login)}))

    assert refusal(lambda: ring.finish(key.get(of_factor))) == "passkey_challenge"
    assert refusal(lambda: ring.finish(login)) == "passkey_challenge"
    assert refusal(lambda: ring.complete(new, ring.alice)) == "passkey_challenge"


@pytest.mark.req("PA-02")
def test_a_made_up_challenge_is_nothing(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    options = ring.passkeys.authentication.begin_login(ring.people.server, HOLDER)

    own = {**options, "challenge": b64(b"a challenge of mine")}

    assert refusal(lambda: ring.finish(key.get(own))) == "passkey_challenge"


@pytest.mark.req("PA-06")
def test_the_challenge_of_one_account_registers_nothing_for_another(ring: Ring) -> None:
    mallory = ring.people.add(f"mallory-of-{ring.alice.username}")
    begin, server = ring.passkeys.registration.begin, ring.people.server
    options = begin(server, ring.alice, HOLDER, passwordless=False)
    wanted = NewPasskey("Mine", ring.authenticator().create(options))

    assert refusal(lambda: ring.complete(wanted, mallory)) == "passkey_challenge"


@pytest.mark.req("PA-03")
@pytest.mark.parametrize(
    ("client", "rule"),
    [
        ({"origin": "https://evil.example"}, "passkey_origin"),
        ({"origin": "https://as.example.evil.example"}, "passkey_origin"),
        ({"origin": None}, "passkey_origin"),
        ({"type": "webauthn.create"}, "passkey_type"),
        ({"type": "payment.get"}, "passkey_type"),
        ({"crossOrigin": True}, "passkey_cross_origin"),
        ({"crossOrigin": "false"}, "passkey_cross_origin"),
        ({"topOrigin": "https://evil.example"}, "passkey_cross_origin"),
    ],
)
def test_client_data_of_elsewhere_is_refused(ring: Ring, client: dict[str, Any], rule: str) -> None:
    key = ring.authenticator()
    ring.register(key)
    key.client = client

    assert refusal(lambda: ring.log_in(key)) == rule


@pytest.mark.req("PA-03")
def test_the_key_of_another_relying_party_is_refused(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    key.rp_id = "evil.example"
    new = ring.authenticator(rp_id="evil.example")

    assert refusal(lambda: ring.log_in(key)) == "passkey_not_proven"
    assert refusal(lambda: ring.register(new)) == "passkey_not_proven"


def test_a_signature_of_another_key_is_refused(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    key.key = new_key(ES256)

    assert refusal(lambda: ring.log_in(key)) == "passkey_not_proven"


@pytest.mark.req("PA-04")
def test_a_credential_id_is_registered_once(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    mallory = ring.people.add(f"mallory-of-{ring.alice.username}")
    copy = ring.authenticator(credential_id=key.credential_id)

    assert refusal(lambda: ring.register(copy, mallory)) == "passkey_taken"

    assert ring.log_in(key)[0] == ring.alice.id


@pytest.mark.req("PA-04")
def test_the_user_handle_is_that_of_the_account(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    mallory = ring.people.add(f"mallory-of-{ring.alice.username}")
    key.user_handle = mallory.id.encode()

    assert refusal(lambda: ring.log_in(key)) == "passkey_other_account"


@pytest.mark.req("PA-04")
def test_the_passkey_of_another_is_no_second_factor(ring: Ring) -> None:
    key = ring.authenticator()
    mallory = ring.people.add(f"mallory-of-{ring.alice.username}")
    ring.register(key, mallory)
    authentication, server = ring.passkeys.authentication, ring.people.server
    sent = key.get(authentication.begin_factor(server, ring.alice, HOLDER))

    complete = partial(authentication.complete_factor, server, ring.alice, HOLDER, sent)

    assert refusal(complete) == "passkey_other_account"


@pytest.mark.req("PA-05")
@pytest.mark.parametrize("again", [5, 4, 0])
def test_a_counter_that_does_not_grow_is_an_event_and_refused(ring: Ring, again: int) -> None:
    key = ring.authenticator(counter=4)
    ring.register(key)
    ring.log_in(key)
    key.counter = again - 1

    key.counts = True
    if again == 0:
        key.counter, key.counts = 0, False
    assert refusal(lambda: ring.log_in(key)) == "passkey_counter"

    kind, data = ring.people.events(ring.alice)[-1]
    assert (kind, data["counter"], data["refused"]) == ("passkey.counter_regressed", again, True)


@pytest.mark.req("PA-05")
def test_where_it_is_not_refused_it_is_an_event_all_the_same(ring: Ring) -> None:
    key = ring.authenticator(counter=4)
    ring.register(key)
    key.counter = 1
    ring.refuse_counter = False

    assert ring.log_in(key)[0] == ring.alice.id

    assert ring.people.events(ring.alice)[-1][0] == "passkey.counter_regressed"


@pytest.mark.req("PA-05")
def test_a_counter_that_is_never_used_stays_zero(ring: Ring) -> None:
    key = ring.authenticator(counts=False)
    ring.register(key)

    assert [ring.log_in(key)[0] for _ in range(2)] == [ring.alice.id] * 2


@pytest.mark.req("PA-07", "AU-01")
def test_unknown_names_get_a_stable_answer_of_the_same_shape(ring: Ring) -> None:
    ring.register(ring.authenticator())
    without = ring.people.add(f"no-{ring.alice.username}")
    gone = ring.people.add(f"gone-{ring.alice.username}", status="disabled")
    names = [ring.alice.username, without.username, gone.username, "nobody", "n" * 2000, ""]

    def asked() -> list[dict[str, Any]]:
        begin = ring.passkeys.authentication.begin_login
        return [begin(ring.people.server, HOLDER, name) for name in names]

    first, second = asked(), asked()

    for one, other in zip(first, second, strict=True):
        assert one["allowCredentials"] == other["allowCredentials"] != []
        assert one["challenge"] != other["challenge"]
        assert {frozenset(entry) for entry in one["allowCredentials"]} == {
            frozenset({"type", "id", "transports"})
        }
    assert len({json.dumps(one["allowCredentials"]) for one in first}) == len(names)


@pytest.mark.req("AU-07")
def test_an_address_that_tries_too_often_is_shut_out(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    own = replace(ring.people.server.caller, address="198.51.100.77")
    ring.people.server = replace(ring.people.server, caller=own)

    for _ in range(ring.people.settings.address_lockout_attempts):
        with pytest.raises(PasskeyRefused):
            ring.finish({})

    with pytest.raises(AddressLocked):
        ring.log_in(key)


@pytest.mark.req("G16")
def test_an_account_that_is_not_active_does_not_log_in(ring: Ring) -> None:
    key = ring.authenticator()
    ring.register(key)
    ring.people.change(ring.alice, status="disabled")

    assert refusal(lambda: ring.log_in(key)) == "account_disabled"


def test_a_removed_passkey_is_unknown(ring: Ring) -> None:
    key = ring.authenticator()
    made = ring.register(key)
    ring.remove(made, ring.alice)

    assert refusal(lambda: ring.log_in(key)) == "passkey_unknown"


@pytest.mark.req("SE-09")
def test_the_passkey_of_another_cannot_be_renamed_or_removed(ring: Ring) -> None:
    made = ring.register(ring.authenticator())
    mallory = ring.people.add(f"mallory-of-{ring.alice.username}")
    keyring, server = ring.passkeys.keyring, ring.people.server

    assert ring.remove(made, mallory) is None
    assert keyring.rename(server, mallory, made.id, "Mine") is None
    assert keyring.list(made.tenant_id, ring.alice.id) == (made,)


@pytest.mark.parametrize("name", ["", "  ", "n" * 65, "a\u202eb", "a\nb", "\x00"])
def test_names_that_cannot_be_shown_are_refused(ring: Ring, name: str) -> None:
    with pytest.raises(InvalidName):
        ring.register(ring.authenticator(), name=name)


def test_known_passkeys_are_excluded_and_bounded_in_number(ring: Ring) -> None:
    made = [ring.register(ring.authenticator()) for _ in range(MOST - 1)]
    registration, server = ring.passkeys.registration, ring.people.server

    options = registration.begin(server, ring.alice, HOLDER, passwordless=True)
    ring.register(ring.authenticator())

    excluded = {entry["id"] for entry in options["excludeCredentials"]}
    assert excluded == {b64(passkey.credential_id) for passkey in made}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert refusal(lambda: ring.register(ring.authenticator())) == "passkey_too_many"


def test_other_attestations_and_algorithms_are_refused(ring: Ring) -> None:
    attested = ring.authenticator(attestation="tpm")
    signing = ring.authenticator(algorithm=ES384)

    assert refusal(lambda: ring.register(attested)) == "passkey_not_proven"
    assert refusal(lambda: ring.register(signing)) == "passkey_not_proven"


def test_an_issuer_with_an_address_has_no_passkeys(ring: Ring) -> None:
    server = ring.people.server
    moved = replace(server, tenant=replace(server.tenant, issuer="http://127.0.0.1:5000"))

    assert is_possible(server)
    assert not is_possible(moved)


def _only(options: dict[str, Any]) -> dict[str, Any]:
    return {"challenge": options["challenge"]}


def test_the_library_is_not_imported_before_a_passkey_is_checked() -> None:
    code = "import sys, authwell.app; print('webauthn' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
