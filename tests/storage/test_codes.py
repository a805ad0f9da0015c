"""The port `Codes`: RFC 6749 section 4.1, on each storage."""

from dataclasses import replace

import pytest

from authwell.protocol.model import Consent, Grant
from authwell.protocol.records import Authorization, Interaction, NewAccessToken
from authwell.utils.randomness import digest, new_secret
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    OTHER_CLIENT,
    OTHER_TENANT,
    TENANT,
    WAYS_TO_END,
    World,
    a_code,
    a_grant,
    a_redemption,
    an_event,
    issue,
)


def an_interaction() -> Interaction:
    return Interaction(
        digest=digest(new_secret("ia")),
        tenant_id=TENANT,
        client_id=CLIENT,
        browser_digest=digest("browser"),
        created_at=NOW,
        expires_at=LATER,
    )


def an_access_token(grant: Grant) -> NewAccessToken:
    return NewAccessToken(
        digest=digest(new_secret("at")),
        client_id=CLIENT,
        grant_id=grant.id,
        scope=frozenset({"read"}),
        audience=("https://api.example",),
        created_at=LATER,
        expires_at=grant.expires_at,
    )


def test_an_issued_code_is_found_with_its_grant(world: World) -> None:
    issued = issue(world.store)

    found = world.store.codes.find(TENANT, issued.code.digest, LATER)

    assert found == issued.code
    assert world.events() == ["code_issued"]


def test_a_code_of_another_tenant_does_not_exist(world: World) -> None:
    issued = issue(world.store)

    assert world.store.codes.find(OTHER_TENANT, issued.code.digest, LATER) is None


@pytest.mark.req("CD-06")
def test_a_changed_code_is_not_found(world: World) -> None:
    issued = issue(world.store)

    assert world.store.codes.find(TENANT, issued.code.digest[:-1], LATER) is None
    assert world.store.codes.find(TENANT, digest("other"), LATER) is None


@pytest.mark.req("CD-01", "ST-11")
def test_a_code_is_redeemed_once(world: World) -> None:
    redemption = a_redemption(issue(world.store))

    assert world.store.codes.redeem(redemption)
    assert not world.store.codes.redeem(replace(redemption, event=an_event()))

    found = world.store.codes.find(TENANT, redemption.code_digest, LATER)
    assert found is not None
    assert found.consumed_at == LATER
    assert world.events() == ["code_issued", "code_redeemed"]


def test_a_second_redemption_keeps_no_token(world: World) -> None:
    redemption = a_redemption(issue(world.store))
    world.store.codes.redeem(redemption)

    second = a_redemption(issue(world.store), code_digest=redemption.code_digest)
    assert second.refresh_token is not None
    world.store.codes.redeem(second)

    kept = world.store.refresh_tokens.find(TENANT, second.refresh_token.digest, LATER)
    assert kept is None


def test_a_redemption_keeps_its_tokens(world: World) -> None:
    issued = issue(world.store)
    opaque = an_access_token(issued.grant)
    redemption = a_redemption(issued, access_token=opaque)
    assert redemption.refresh_token is not None

    world.store.codes.redeem(redemption)

    refresh = world.store.refresh_tokens.find(TENANT, redemption.refresh_token.digest, LATER)
    access = world.store.access_tokens.find(TENANT, opaque.digest, LATER)
    assert refresh is not None
    assert refresh.grant == issued.grant
    assert access is not None
    assert (access.grant, access.scope, access.ended) == (issued.grant, opaque.scope, None)


@pytest.mark.req("CD-03")
def test_a_code_is_not_redeemed_by_another_client(world: World) -> None:
    issued = issue(world.store)

    assert not world.store.codes.redeem(a_redemption(issued, client_id=OTHER_CLIENT))
    assert world.store.codes.redeem(a_redemption(issued))


def test_the_fifth_failure_uses_a_code_up(world: World) -> None:
    issued = issue(world.store)

    for _ in range(4):
        world.store.codes.count_failure(TENANT, issued.code.digest, LATER)
    fourth = world.store.codes.find(TENANT, issued.code.digest, LATER)
    world.store.codes.count_failure(TENANT, issued.code.digest, LATER)
    fifth = world.store.codes.find(TENANT, issued.code.digest, LATER)

    assert fourth is not None
    assert (fourth.failed_attempts, fourth.consumed_at) == (4, None)
    assert fifth is not None
    assert (fifth.failed_attempts, fifth.consumed_at) == (5, LATER)
    assert not world.store.codes.redeem(a_redemption(issued))


def test_a_failure_does_not_touch_a_redeemed_code(world: World) -> None:
    issued = issue(world.store)
    world.store.codes.redeem(a_redemption(issued))

    world.store.codes.count_failure(TENANT, issued.code.digest, LATER)

    found = world.store.codes.find(TENANT, issued.code.digest, LATER)
    assert found is not None
    assert (found.failed_attempts, found.consumed_at) == (0, LATER)


@pytest.mark.req("CD-10", "CD-11")
@pytest.mark.parametrize(("what", "reason"), WAYS_TO_END.items())
def test_the_grant_of_a_code_ends_with(world: World, what: str, reason: str) -> None:
    issued = issue(world.store)

    world.disable(what)

    found = world.store.codes.find(TENANT, issued.code.digest, LATER)
    assert found is not None
    assert found.grant.ended == reason


def test_an_interaction_gives_one_code(world: World) -> None:
    interaction = an_interaction()
    world.store.interactions.put(interaction)
    issued = issue(world.store, interaction_digest=interaction.digest)

    grant = a_grant()
    code = a_code(grant)
    second = Authorization(grant, code, an_event("second"), interaction.digest)

    assert not world.store.codes.issue(second)

    assert world.store.codes.find(TENANT, code.digest, LATER) is None
    assert world.store.codes.find(TENANT, issued.code.digest, LATER) is not None
    assert world.events() == ["code_issued"]


def test_consent_is_added_to_what_was_allowed_before(world: World) -> None:
    first = Consent(ACCOUNT.id, CLIENT, frozenset({"openid", "read"}), frozenset({"https://a"}))
    second = Consent(ACCOUNT.id, CLIENT, frozenset({"read", "write"}), frozenset({"https://b"}))
    issue(world.store, consent=first)

    issue(world.store, consent=second)

    assert world.store.consents.find(TENANT, ACCOUNT.id, CLIENT) == Consent(
        ACCOUNT.id,
        CLIENT,
        frozenset({"openid", "read", "write"}),
        frozenset({"https://a", "https://b"}),
    )
    assert world.store.consents.find(TENANT, ACCOUNT.id, OTHER_CLIENT) is None
    assert world.store.consents.find(OTHER_TENANT, ACCOUNT.id, CLIENT) is None


def test_a_client_has_one_sid_in_a_session(world: World) -> None:
    issue(world.store)

    issued = issue(world.store)

    assert world.store.codes.find(TENANT, issued.code.digest, LATER) is not None


def test_text_of_strangers_is_kept_as_it_came(world: World) -> None:
    grant = a_grant(claims={"userinfo": {"a\x00b'\"\\": None, "é\u2028": {"value": "%s %(x)s"}}})
    code = a_code(grant, nonce="n'\";--\x00%s", redirect_uri=None, code_challenge=None)

    world.store.codes.issue(Authorization(grant, code, an_event()))

    assert world.store.codes.find(TENANT, code.digest, LATER) == code


@pytest.mark.parametrize("with_code", [True, False])
@pytest.mark.parametrize("with_interaction", [True, False])
def test_an_access_token_may_come_with_the_grant(
    world: World, with_code: bool, with_interaction: bool
) -> None:
    grant = a_grant()
    code, opaque = a_code(grant), an_access_token(grant)
    interaction = an_interaction()
    world.store.interactions.put(interaction)
    authorization = Authorization(
        grant,
        code if with_code else None,
        an_event("granted"),
        interaction.digest if with_interaction else None,
        access_token=opaque,
    )

    assert world.store.codes.issue(authorization)

    access = world.store.access_tokens.find(TENANT, opaque.digest, LATER)
    assert access is not None
    assert (access.grant, access.ended) == (grant, None)
    found = world.store.codes.find(TENANT, code.digest, LATER)
    assert found == (code if with_code else None)
    assert world.events() == ["granted"]


def test_an_interaction_gives_one_access_token(world: World) -> None:
    interaction = an_interaction()
    world.store.interactions.put(interaction)
    issue(world.store, interaction_digest=interaction.digest)
    grant = a_grant()
    opaque = an_access_token(grant)
    second = Authorization(grant, None, an_event("second"), interaction.digest, access_token=opaque)

    assert not world.store.codes.issue(second)

    assert world.store.access_tokens.find(TENANT, opaque.digest, LATER) is None
    assert world.events() == ["code_issued"]


def test_a_grant_may_come_without_anything(world: World) -> None:
    grant = a_grant()

    assert world.store.codes.issue(Authorization(grant, None, an_event("granted")))

    standing = world.store.access_tokens.standing(TENANT, CLIENT, grant.id, "jti", NOW, LATER)
    assert (standing.grant, standing.ended) == (grant, None)
    assert world.events() == ["granted"]


@pytest.mark.parametrize(("what", "reason"), WAYS_TO_END.items())
def test_an_access_token_without_a_code_ends_with(world: World, what: str, reason: str) -> None:
    grant = a_grant()
    opaque = an_access_token(grant)
    world.store.codes.issue(Authorization(grant, None, an_event(), access_token=opaque))

    world.disable(what)

    access = world.store.access_tokens.find(TENANT, opaque.digest, LATER)
    assert access is not None
    assert access.grant is not None
    assert access.grant.ended == reason
