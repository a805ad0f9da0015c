"""What a person has to do before a request can be granted (OpenID Connect Core 3.1.2.3, 3.1.2.4).

`next_step` is pure: it reads the request, the session and what the person has done since the
request came, and says what comes next. prompt=none falls out of it.
"""

from dataclasses import dataclass
from datetime import datetime

from authwell.protocol import authentication_context, claims, subjects
from authwell.protocol.access import ADMIN
from authwell.protocol.authorization.request import AuthorizationRequest, RefusedRequest
from authwell.protocol.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from authwell.protocol.model import Client, Consent, Session

IMPLIED_SCOPE = frozenset({"openid"})
"""Granted without a word of its own: it only says that the client wants to know who."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What happened since the request came.

    Attributes:
        started_at: when it came; a login after that is a fresh one. None: just now.
        selected_account: the account that the person has chosen for it.
        registered: whether the person has been sent to the page that makes accounts.
    """

    started_at: datetime | None = None
    selected_account: str | None = None
    registered: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """Let the person make an account first (Initiating User Registration section 4.1)."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """Ask for the name and password; `again` if somebody is logged in already."""

    again: bool


@dataclass(frozen=True, slots=True)
class StepUp:
    """Ask who is logged in for one more factor, so that one of these classes is reached."""

    acr: frozenset[str]
    is_wish: bool = False


@dataclass(frozen=True, slots=True)
class SelectAccount:
    """Ask which account it shall be."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Ask whether the client may have this; `new` is what it has not had before.

    Attributes:
        told: scopes whose claims are asked for one by one, by the `claims` parameter.
    """

    scope: frozenset[str]
    new: frozenset[str]
    told: frozenset[str] = frozenset()

    @property
    def asked(self) -> frozenset[str]:
        """All that the person decides on."""
        return self.scope | self.told


@dataclass(frozen=True, slots=True)
class Grant:
    """Nothing is left to do: grant this scope to the session's account.

    Attributes:
        told: further scopes whose claims may be told where the `claims` parameter asks.
    """

    session: Session
    scope: frozenset[str]
    told: frozenset[str] = frozenset()


Step = Register | LogIn | StepUp | SelectAccount | AskConsent | Grant


def next_step(
    request: AuthorizationRequest,
    session: Session | None,
    consent: Consent | None,
    progress: Progress,
    now: datetime,
    reachable: frozenset[str] = frozenset(),
    *,
    administers: bool = False,
    owes_factor: bool = False,
) -> Step:
    """Say what comes next.

    Args:
        reachable: the classes that the person's factors lead to; it matters only where
            `wants_more` says so.
        administers: whether the person may have the scope `admin`; it matters only where that
            is asked for.
        owes_factor: whether the tenant wants a second factor of the person that the session
            lacks, whatever the request asks.

    Raises:
        RefusedRequest: prompt=none, and something would have to be asked; or somebody else
            logged in than the hint or the `claims` parameter names, or in a lesser way.
    """
    if "create" in request.prompt and not progress.registered:
        return Register()
    if session is None:
        return _unless_silent(request, LogIn(again=False), LoginRequired("Nobody is logged in."))
    if _wanted_person(request) not in (None, subjects.of(request.client, session.account)):
        return _ask_for_other_person(request, session, progress)
    if must_authenticate(request, session, progress, now):
        return _unless_silent(
            request, LogIn(again=True), LoginRequired("The person must log in again.")
        )
    return (
        _more_of_the_login(request, session, progress, now, reachable)
        or (_second_factor(request, session, progress, now, reachable) if owes_factor else None)
        or _selection(request, session, progress)
        or _ask_or_grant(request, session, consent, administers=administers)
    )


def must_authenticate(
    request: AuthorizationRequest, session: Session, progress: Progress, now: datetime
) -> bool:
    """Whether the session's login does not do for this request."""
    if _is_fresh(session, progress):
        return False
    if request.prompt & {"login", "create"}:
        return True
    return request.max_age is not None and now - session.auth_time > request.max_age


def needs_consent(
    request: AuthorizationRequest, scope: frozenset[str], consent: Consent | None
) -> frozenset[str] | None:
    """What of the grantable scope must be asked for; None if nothing must.

    prompt=consent always asks (OpenID Connect Core section 3.1.2.1), also for a trusted client.
    """
    allowed = consent.scope if consent is not None else frozenset[str]()
    new = scope - allowed - IMPLIED_SCOPE
    if "consent" in request.prompt:
        return new
    if request.client.consent == "implicit":
        return None
    known_resources = consent.resources if consent is not None else frozenset[str]()
    if consent is not None and not new and set(request.resources) <= known_resources:
        return None
    return new


def grantable(client: Client, scope: frozenset[str]) -> frozenset[str]:
    """The scope without `offline_access` for a client that could not use it."""
    if "refresh_token" in client.grant_types:
        return scope
    return scope - {"offline_access"}


def _wanted_person(request: AuthorizationRequest) -> str | None:
    """The only person whose login answers the request (section 3.1.2.2)."""
    return claims.subject(request.claims) or request.hinted_subject


def _ask_for_other_person(
    request: AuthorizationRequest, session: Session, progress: Progress
) -> Step:
    error = LoginRequired("Somebody else is logged in.")
    if _is_fresh(session, progress):
        raise RefusedRequest(error, request.reply_to, request.client)
    return _unless_silent(request, LogIn(again=True), error)


def _selection(request: AuthorizationRequest, session: Session, progress: Progress) -> Step | None:
    """Ask for the account, if the request wants that and it was not done."""
    if "select_account" not in request.prompt or progress.selected_account == session.account.id:
        return None
    return _unless_silent(
        request, SelectAccount(), AccountSelectionRequired("An account must be selected.")
    )


def _ask_or_grant(
    request: AuthorizationRequest,
    session: Session,
    consent: Consent | None,
    *,
    administers: bool,
) -> Step:
    scope = _grantable(request)
    if not administers:
        scope -= {ADMIN}
    told = claims.scope_of(request.claims) - scope
    new = needs_consent(request, scope | told, consent)
    if new is not None:
        return _unless_silent(
            request, AskConsent(scope, new, told), ConsentRequired("The person must be asked.")
        )
    return Grant(session, scope, told)


def _is_fresh(session: Session, progress: Progress) -> bool:
    return progress.started_at is not None and session.auth_time >= progress.started_at


def wish(request: AuthorizationRequest, session: Session) -> frozenset[str]:
    """The classes that the request would like and the session has none of (section 3.1.2.1).

    prompt=none asks for nothing, so its wishes are left alone.
    """
    values = request.acr_values or request.client.default_acr_values
    wanted = frozenset(authentication_context.wished(request.claims, values))
    if not wanted or "none" in request.prompt:
        return frozenset()
    if authentication_context.classes_of(session.amr) & wanted:
        return frozenset()
    return wanted & authentication_context.STEPPED


def wants_more(request: AuthorizationRequest, session: Session) -> bool:
    """Whether the request demands or wishes what the session has not reached."""
    reached = authentication_context.classes_of(session.amr)
    is_short = any(demanded.isdisjoint(reached) for demanded in _demands(request))
    return is_short or bool(wish(request, session))


def _more_of_the_login(
    request: AuthorizationRequest,
    session: Session,
    progress: Progress,
    now: datetime,
    reachable: frozenset[str],
) -> Step | None:
    """What brings the session to the `acr` that is demanded, or wished for and in reach.

    Raises:
        RefusedRequest: no login brings it there (section 5.5.1.1).
    """
    for demanded in _demands(request):
        if demanded & authentication_context.classes_of(session.amr):
            continue
        error = LoginRequired("The person must show another factor.")
        if demanded & authentication_context.STEPPED:
            step = _step_up(demanded, session, progress, now, reachable)
            return _unless_silent(request, step, error)
        if not _is_fresh(session, progress):
            return _unless_silent(request, LogIn(again=True), error)
        unmet = UnmetAuthenticationRequirements("The acr that is essential was not reached.")
        raise RefusedRequest(unmet, request.reply_to, request.client)
    wished = wish(request, session) & reachable
    return StepUp(wished, is_wish=True) if wished else None


def _second_factor(
    request: AuthorizationRequest,
    session: Session,
    progress: Progress,
    now: datetime,
    reachable: frozenset[str],
) -> Step:
    """A role that wants it, or a policy, came after the login."""
    wanted = frozenset({authentication_context.MULTI_FACTOR})
    step = _step_up(wanted, session, progress, now, reachable)
    return _unless_silent(request, step, LoginRequired("The person must show another factor."))


def _step_up(
    wanted: frozenset[str],
    session: Session,
    progress: Progress,
    now: datetime,
    reachable: frozenset[str],
) -> Step:
    """Ask for a factor that leads there; who has none sets one up, having logged in just now.

    Else whoever finds a session could bind it to a factor of their own (THREATS.md MF-05).
    """
    is_recent = now - session.auth_time <= authentication_context.RECENT
    if wanted & reachable or is_recent or _is_fresh(session, progress):
        return StepUp(wanted)
    return LogIn(again=True)


def _demands(request: AuthorizationRequest) -> tuple[frozenset[str], ...]:
    """Sets of classes of which one must be reached: by the request, and by the client's metadata.

    What an administrator wrote into a client's metadata holds whatever its request says, because
    the request comes through the browser. Of a client that registered itself it is a wish.
    """
    essential = authentication_context.demanded(request.claims)
    client = request.client
    by_client = frozenset(client.default_acr_values if client.is_verified else ())
    return (
        *((essential,) if essential is not None else ()),
        *((by_client,) if not by_client.isdisjoint(authentication_context.CLASSES) else ()),
    )


def _unless_silent(request: AuthorizationRequest, step: Step, error: OAuthError) -> Step:
    if "none" in request.prompt:
        raise RefusedRequest(error, request.reply_to, request.client)
    return step


def _grantable(request: AuthorizationRequest) -> frozenset[str]:
    """Offline access comes by a code alone (OpenID Connect Core section 11)."""
    scope = grantable(request.client, request.scope)
    return scope if "code" in request.returned else scope - {"offline_access"}
