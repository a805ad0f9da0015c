"""What comes next for a person: the matrix of prompt, session, max_age and consent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.protocol.authentication_context import (
    MULTI_FACTOR,
    PASSWORD,
    PHISHING_RESISTANT,
    told,
)
from authwell.protocol.authorization.interaction import (
    AskConsent,
    Grant,
    LogIn,
    Progress,
    SelectAccount,
    Step,
    StepUp,
    next_step,
)
from authwell.protocol.authorization.request import AuthorizationRequest, RefusedRequest
from authwell.protocol.model import Account, Consent, Session
from tests.protocol.conftest import ALICE, NOW, World, make_world

EVERYTHING = frozenset({"openid", "profile", "offline_access"})
REMEMBERED = Consent(ALICE.id, "web", EVERYTHING, frozenset())
FRESH = Progress(started_at=NOW - timedelta(seconds=5))


def session(minutes_ago: int = 0) -> Session:
    """Alice's session of some minutes ago."""
    return Session("s", ALICE, NOW - timedelta(minutes=minutes_ago), ("pwd",))


def test_without_a_session_the_person_logs_in(world: World) -> None:
    assert next_step(world.read(), None, None, Progress(), NOW) == LogIn(again=False)


def test_a_remembered_consent_needs_no_page(world: World) -> None:
    step = next_step(world.read(), session(), REMEMBERED, Progress(), NOW)

    assert isinstance(step, Grant)
    assert step.scope == EVERYTHING


@pytest.mark.req("K13", "MF-04")
def test_a_factor_that_is_owed_comes_before_anything_is_granted(world: World) -> None:
    step = next_step(world.read(), session(), REMEMBERED, FRESH, NOW, owes_factor=True)

    assert step == StepUp(frozenset({MULTI_FACTOR}))
    with pytest.raises(RefusedRequest) as refused:
        next_step(
            world.read(prompt="none"), session(), REMEMBERED, Progress(), NOW, owes_factor=True
        )
    assert refused.value.error.code == "login_required"


@pytest.mark.req("BR-07", "1.12")
def test_a_grown_scope_asks_for_what_is_new(world: World) -> None:
    request = world.read(scope="openid profile email")

    step = next_step(request, session(), REMEMBERED, Progress(), NOW)

    assert isinstance(step, AskConsent)
    assert step.new == {"email"}


@pytest.mark.req("BR-07")
def test_prompt_consent_always_asks_also_for_a_trusted_client() -> None:
    world = make_world({**_trusted(), "client_id": "web"})

    step = next_step(world.read(prompt="consent"), session(), REMEMBERED, Progress(), NOW)

    assert isinstance(step, AskConsent)


@pytest.mark.req("1.12")
def test_a_trusted_client_asks_nothing() -> None:
    world = make_world({**_trusted(), "client_id": "web"})

    assert isinstance(next_step(world.read(), session(), None, Progress(), NOW), Grant)


@pytest.mark.req("BR-10", "1.11")
@pytest.mark.parametrize("prompt", ["login", "login consent"])
def test_prompt_login_asks_again_until_the_login_is_fresh(world: World, prompt: str) -> None:
    request = world.read(prompt=prompt)

    assert next_step(request, session(1), REMEMBERED, FRESH, NOW) == LogIn(again=True)
    assert next_step(request, session(0), REMEMBERED, FRESH, NOW) != LogIn(again=True)


@pytest.mark.req("BR-10", "1.11")
@pytest.mark.parametrize(("minutes_ago", "asked"), [(0, False), (10, False), (11, True)])
def test_max_age_is_kept(world: World, minutes_ago: int, asked: bool) -> None:
    step = next_step(world.read(max_age="600"), session(minutes_ago), REMEMBERED, Progress(), NOW)

    assert isinstance(step, LogIn) is asked


def test_max_age_zero_is_content_with_a_login_for_this_request(world: World) -> None:
    request = world.read(max_age="0")

    assert isinstance(next_step(request, session(1), REMEMBERED, FRESH, NOW), LogIn)
    assert isinstance(next_step(request, session(0), REMEMBERED, FRESH, NOW), Grant)


def test_select_account_asks_until_one_was_selected(world: World) -> None:
    request = world.read(prompt="select_account")
    selected = Progress(NOW, selected_account=ALICE.id)

    assert next_step(request, session(), REMEMBERED, Progress(), NOW) == SelectAccount()
    assert isinstance(next_step(request, session(), REMEMBERED, selected, NOW), Grant)


@pytest.mark.req("1.11")
@pytest.mark.parametrize(
    ("logged_in", "consent", "parameters", "error"),
    [
        (False, None, {}, "login_required"),
        (True, None, {}, "consent_required"),
        (True, REMEMBERED, {"max_age": "0"}, "login_required"),
    ],
)
def test_prompt_none_answers_with_an_error_instead_of_a_page(
    world: World,
    logged_in: bool,
    consent: Consent | None,
    parameters: dict[str, str],
    error: str,
) -> None:
    request = world.read(prompt="none", **parameters)

    with pytest.raises(RefusedRequest) as refused:
        next_step(request, session(1) if logged_in else None, consent, Progress(), NOW)

    assert refused.value.error.code == error


def test_prompt_none_with_a_session_and_consent_needs_no_page(world: World) -> None:
    request = world.read(prompt="none")

    assert isinstance(next_step(request, session(), REMEMBERED, Progress(), NOW), Grant)


def test_a_hint_of_another_person_asks_for_a_login(world: World) -> None:
    other = Session("s", Account(id="someone-else", username="bob"), NOW, ("pwd",))
    tokens = world.redeem(world.code())
    request = world.read(id_token_hint=tokens["id_token"])

    assert isinstance(next_step(request, other, REMEMBERED, Progress(), NOW), LogIn)
    with pytest.raises(RefusedRequest) as refused:
        next_step(request, other, REMEMBERED, FRESH, NOW)
    assert refused.value.error.code == "login_required"


def test_a_selection_counts_for_the_account_that_was_selected(world: World) -> None:
    request = world.read(prompt="select_account")
    selected = Progress(NOW, selected_account="someone-else")

    assert next_step(request, session(), REMEMBERED, selected, NOW) == SelectAccount()


@pytest.mark.req("RT-11")
def test_offline_access_is_left_out_for_a_client_that_cannot_refresh() -> None:
    world = make_world({**_trusted(), "client_id": "web", "grant_types": ["authorization_code"]})

    step = next_step(world.read(), session(), None, Progress(), NOW)

    assert isinstance(step, Grant)
    assert "offline_access" not in step.scope


def test_the_scope_admin_needs_a_permission_to_administer() -> None:
    world = make_world({**_trusted(), "client_id": "web", "scope": "openid admin"})
    request = world.read(scope="openid admin")
    administrator = Session("s", Account("id", "root", roles=("admin",)), NOW, ("pwd",))

    step = next_step(request, session(), None, Progress(), NOW)
    allowed = next_step(request, administrator, None, Progress(), NOW, administers=True)

    assert isinstance(step, Grant)
    assert step.scope == {"openid"}
    assert isinstance(allowed, Grant)
    assert allowed.scope == {"openid", "admin"}


def _trusted() -> dict[str, object]:
    from tests.protocol.conftest import WEB

    return {**WEB, "consent": "implicit"}


@pytest.mark.req("BR-07")
def test_claims_asked_for_one_by_one_need_consent_like_their_scope(world: World) -> None:
    request = world.read(claims='{"userinfo":{"email":null},"id_token":{"name":null}}')

    step = next_step(request, session(), REMEMBERED, Progress(), NOW)
    silent = world.read(prompt="none", claims='{"userinfo":{"email":null}}')

    assert isinstance(step, AskConsent)
    assert step.new == step.told == {"email"}
    assert step.scope == EVERYTHING
    with pytest.raises(RefusedRequest, match="asked"):
        next_step(silent, session(), REMEMBERED, Progress(), NOW)


@pytest.mark.req("BR-07")
def test_claims_beyond_the_registered_scope_are_left_out(world: World) -> None:
    request = world.read(claims='{"userinfo":{"phone_number":null,"email":null,"other":null}}')

    assert request.claims == {"userinfo": {"email": None, "other": None}}


@pytest.mark.req("1.11")
def test_a_subject_that_claims_name_is_the_only_one_who_is_answered(world: World) -> None:
    other = {"claims": '{"id_token":{"sub":{"value":"somebody else"}}}'}
    own = f'{{"id_token":{{"sub":{{"value":"{ALICE.id}"}}}}}}'

    asked = next_step(world.read(**other), session(1), REMEMBERED, Progress(), NOW)
    answered = next_step(world.read(claims=own), session(1), REMEMBERED, Progress(), NOW)

    assert asked == LogIn(again=True)
    assert isinstance(answered, Grant)
    for request, progress in (
        (world.read(prompt="none", **other), Progress()),
        (world.read(**other), FRESH),
    ):
        with pytest.raises(RefusedRequest) as refused:
            next_step(request, session(), REMEMBERED, progress, NOW)
        assert refused.value.error.code == "login_required"


@pytest.mark.req("1.11")
@pytest.mark.parametrize(
    ("acr", "refused"),
    [
        ('{"essential":true,"values":["gold"]}', True),
        ('{"essential":true,"value":"gold"}', True),
        ('{"essential":true,"value":5}', True),
        (f'{{"essential":true,"values":["gold","{PASSWORD}"]}}', False),
        ('{"essential":true}', False),
        ('{"values":["gold"]}', False),
        ("null", False),
    ],
)
def test_an_essential_acr_that_no_login_reaches_is_refused(
    world: World, acr: str, refused: bool
) -> None:
    try:
        world.read(claims=f'{{"id_token":{{"acr":{acr}}}}}')
        code = None
    except RefusedRequest as error:
        code = error.error.code

    assert code == ("unmet_authentication_requirements" if refused else None)


@pytest.mark.req("1.11")
def test_an_essential_acr_asks_a_lesser_login_again(world: World) -> None:
    acr = f'{{"id_token":{{"acr":{{"essential":true,"value":"{PASSWORD}"}}}}}}'
    request, silent = world.read(claims=acr), world.read(claims=acr, prompt="none")
    lesser, fit = replace(session(), amr=("pop", "mfa")), session()

    asked = next_step(request, lesser, REMEMBERED, Progress(), NOW)
    granted = next_step(silent, fit, REMEMBERED, Progress(), NOW)
    with pytest.raises(RefusedRequest) as unasked:
        next_step(silent, lesser, REMEMBERED, Progress(), NOW)
    with pytest.raises(RefusedRequest) as unmet:
        next_step(request, lesser, REMEMBERED, FRESH, NOW)

    assert asked == LogIn(again=True)
    assert isinstance(granted, Grant)
    assert unasked.value.error.code == "login_required"
    assert unmet.value.error.code == "unmet_authentication_requirements"


MFA_ESSENTIAL = f'{{"id_token":{{"acr":{{"essential":true,"value":"{MULTI_FACTOR}"}}}}}}'
BY_BOTH = ("pwd", "otp", "mfa")


@pytest.mark.req("1.11", "BR-10")
def test_an_essential_class_that_a_factor_leads_to_asks_for_one_more(world: World) -> None:
    request = world.read(claims=MFA_ESSENTIAL)
    silent = world.read(claims=MFA_ESSENTIAL, prompt="none")

    step = next_step(request, session(), REMEMBERED, FRESH, NOW)
    granted = next_step(silent, replace(session(), amr=BY_BOTH), REMEMBERED, Progress(), NOW)
    with pytest.raises(RefusedRequest) as unasked:
        next_step(silent, session(), REMEMBERED, Progress(), NOW)

    assert step == StepUp(frozenset({MULTI_FACTOR}))
    assert isinstance(granted, Grant)
    assert unasked.value.error.code == "login_required"


@pytest.mark.req("1.11", "BR-10")
def test_a_wish_asks_for_one_more_factor_of_who_has_it(world: World) -> None:
    request = world.read(acr_values=f"{PHISHING_RESISTANT} {MULTI_FACTOR}")
    silent = world.read(acr_values=MULTI_FACTOR, prompt="none")
    app = frozenset({MULTI_FACTOR})

    def step(asked: AuthorizationRequest, of: Session, reachable: frozenset[str]) -> Step:
        return next_step(asked, of, REMEMBERED, Progress(), NOW, reachable)

    assert step(request, session(), app) == StepUp(app, is_wish=True)
    assert isinstance(step(request, session(), frozenset()), Grant)
    assert isinstance(step(request, replace(session(), amr=BY_BOTH), app), Grant)
    assert isinstance(step(silent, session(), app), Grant)


@pytest.mark.req("K13", "2.6")
def test_a_client_s_metadata_demands_a_class_whatever_the_request_says() -> None:
    world = make_world({**_trusted(), "client_id": "web", "default_acr_values": [MULTI_FACTOR]})

    step = next_step(world.read(acr_values=PASSWORD), session(), REMEMBERED, Progress(), NOW)

    assert step == StepUp(frozenset({MULTI_FACTOR}))


def test_the_metadata_of_a_client_that_registered_itself_is_a_wish() -> None:
    world = make_world({**_trusted(), "client_id": "web", "default_acr_values": [MULTI_FACTOR]})
    request = world.read()
    app = frozenset({MULTI_FACTOR})
    by_itself = replace(request, client=replace(request.client, registered_by="open"))

    asked = next_step(by_itself, session(), REMEMBERED, Progress(), NOW, app)
    spared = next_step(by_itself, session(), REMEMBERED, Progress(), NOW)

    assert asked == StepUp(app, is_wish=True)
    assert isinstance(spared, Grant)


def test_default_classes_that_nobody_knows_are_left_alone() -> None:
    world = make_world({**_trusted(), "client_id": "web", "default_acr_values": ["gold"]})

    assert isinstance(next_step(world.read(), session(), REMEMBERED, Progress(), NOW), Grant)


@pytest.mark.parametrize(
    ("amr", "wanted", "acr"),
    [
        (BY_BOTH, (), MULTI_FACTOR),
        (BY_BOTH, (PASSWORD,), PASSWORD),
        (BY_BOTH, (PHISHING_RESISTANT, MULTI_FACTOR), MULTI_FACTOR),
        (("pwd",), (MULTI_FACTOR,), PASSWORD),
        (("pop", "user", "mfa"), (PASSWORD,), PHISHING_RESISTANT),
        (("link",), (), None),
    ],
)
@pytest.mark.req("MF-09")
def test_a_client_is_told_a_class_that_was_reached(
    amr: tuple[str, ...], wanted: tuple[str, ...], acr: str | None
) -> None:
    assert told(amr, wanted) == acr


def test_acr_values_are_a_wish(world: World) -> None:
    step = next_step(world.read(acr_values="gold"), session(), REMEMBERED, Progress(), NOW)

    assert isinstance(step, Grant)
