"""Which tokens somebody would get in a client, and why; nothing is kept and nothing is signed.

It walks the way of a real request and calls the same functions in the same order: read, check,
decide, prepare. Only the person's part is assumed: that they log in, with all that is asked of
them, and allow all that they are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from authwell.protocol import authentication_context as context
from authwell.protocol import resources, scopes, userinfo
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.checks import CHECKS
from authwell.protocol.authorization.interaction import (
    AskConsent,
    Progress,
    StepUp,
    grantable,
)
from authwell.protocol.authorization.interaction import Grant as Allowed
from authwell.protocol.authorization.request import (
    AuthorizationRequest,
    RefusedRequest,
    read_request,
)
from authwell.protocol.authorization.response import new_grant
from authwell.protocol.errors import InvalidScope, OAuthError, UnauthorizedClient, UnsafeRedirect
from authwell.protocol.grants.client_credentials import granted_scope
from authwell.protocol.model import Account, Client, Grant, Session
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token, id_token, issue
from authwell.utils.randomness import new_id

CHALLENGE: Final = "A" * 43
NONCE: Final = "simulated"
TWO_FACTORS: Final = (context.PWD, context.OTP, context.MFA)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        account: None for a client that acts for itself.
        scope: as in a request; None: all that the client is registered for.
    """

    client_id: str
    account: Account | None
    scope: str | None = None
    resources: tuple[str, ...] = ()
    claims: str | None = None
    """The `claims` parameter (OpenID Connect Core section 5.5)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the trace: what was decided about what, and by which rule."""

    rule: str
    text: str
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would come out.

    Attributes:
        reasons: in the order of a request; the last is the refusal, if there is one.
        response: the members of the token response without the tokens; None if refused.
        access_token: its claims; of an opaque one what introspection tells.
        id_token: its claims; None without `openid`.
        userinfo: what that endpoint tells; None without `openid`.
    """

    reasons: tuple[Reason, ...]
    response: Mapping[str, Any] | None = None
    access_token: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id_token: Mapping[str, Any] | None = None
    userinfo: Mapping[str, Any] | None = None


class _Trace:
    """Collects reasons."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def note(self, rule: str, text: str) -> None:
        self.reasons.append(Reason(rule, text))

    def refused(self, rule: str, text: str) -> Simulated:
        self.reasons.append(Reason(rule, text, is_refusal=True))
        return Simulated(tuple(self.reasons))


def simulate(server: AuthorizationServer, question: Question) -> Simulated:
    """Say what a request would bring, or what it would be refused for."""
    trace = _Trace()
    try:
        if question.account is None:
            return _of_client(server, question, trace)
        return _of_person(server, question, question.account, trace)
    except UnsafeRedirect as error:
        return trace.refused(error.rule, error.message)
    except RefusedRequest as refused:
        return trace.refused(refused.error.rule, refused.error.description)
    except OAuthError as error:
        return trace.refused(error.rule, error.description)


def _of_person(
    server: AuthorizationServer, question: Question, account: Account, trace: _Trace
) -> Simulated:
    """By the code flow (RFC 6749 section 4.1, OpenID Connect Core section 3.1)."""
    request = read_request(server, _parameters(server, question), is_kept=True)
    _check(server, request, trace)
    allowed = _decision(server, request, account, trace)
    _note_scope(request, allowed.scope, scopes.held_by(server, account, request.scope), trace)
    grant = new_grant(server, request, allowed)
    by_code = "code" in request.returned
    prepared = issue.prepare(
        server,
        request.client,
        grant,
        grant.scope,
        grant.resources,
        with_refresh_token=by_code and issue.wants_refresh_token(request.client, grant.scope),
        through_browser=not by_code,
    )
    _note_refresh_token(request.client, grant.scope, trace)
    return _told(server, prepared, trace)


def _of_client(server: AuthorizationServer, question: Question, trace: _Trace) -> Simulated:
    """By the client credentials grant (RFC 6749 section 4.4)."""
    client = server.clients.find(question.client_id)
    if client is None or client.status != "active":
        return trace.refused("unknown_client", "The client is not known, or it is disabled.")
    if "client_credentials" not in client.grant_types or client.is_public:
        raise UnauthorizedClient("The client is not registered for this grant type.")
    scope = granted_scope(client, question.scope)
    asked = resources.requested(server.tenant, client, question.resources)
    resources.require_own_scope(server.tenant, asked, scope)
    trace.note("scope", f"Granted: {scopes.serialize(scope) or 'nothing'}. There is no person.")
    prepared = issue.prepare(server, client, None, scope, asked, with_refresh_token=False)
    return _told(server, prepared, trace)


def _parameters(server: AuthorizationServer, question: Question) -> Params:
    """A request as the client would send it, at its best."""
    client = server.clients.find(question.client_id)
    pairs = [("client_id", question.client_id), ("nonce", NONCE)]
    pairs += [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]
    pairs += [("resource", identifier) for identifier in question.resources]
    if question.claims:
        pairs.append(("claims", question.claims))
    if client is None:
        return Params(pairs)
    scope = question.scope if question.scope is not None else scopes.serialize(client.scope)
    pairs += [("response_type", _response_type(client)), ("scope", scope)]
    if client.redirect_uris:
        pairs.append(("redirect_uri", client.redirect_uris[0]))
    return Params(pairs)


def _response_type(client: Client) -> str:
    """That of the client which brings a code, if it has one."""
    by_code = sorted(client.response_types, key=lambda name: ("code" not in name, len(name), name))
    return by_code[0] if by_code else "code"


def _check(server: AuthorizationServer, request: AuthorizationRequest, trace: _Trace) -> None:
    """Each rule of the table, whose name is the sentence that is true.

    Raises:
        OAuthError: the first that is broken.
    """
    for check in CHECKS:
        check(server, request)
        trace.note(check.__name__, f"{check.__name__.replace('_', ' ').capitalize()}.")


def _decision(
    server: AuthorizationServer, request: AuthorizationRequest, account: Account, trace: _Trace
) -> Allowed:
    """What the request gets of a person who does all that is asked.

    Raises:
        RefusedRequest: nothing that this person can do would be enough.
    """
    session = Session(
        id=new_id(server.now),
        account=account,
        auth_time=server.now,
        amr=(context.PWD,),
        methods={context.PWD: server.now},
    )
    progress = Progress(started_at=server.now, selected_account=account.id, registered=True)
    step = waiting.decide(server, request, session, progress)
    if isinstance(step, StepUp):
        trace.note("step_up", "A second factor is asked for.")
        session = replace(session, amr=TWO_FACTORS)
        step = waiting.decide(server, request, session, progress)
    if isinstance(step, AskConsent):
        new = scopes.serialize(step.new) or "all of it again"
        trace.note("consent", f"The person is asked for consent: {new}.")
        return Allowed(session, step.scope, step.told)
    if isinstance(step, Allowed):
        trace.note("consent", _why_not_asked(request.client))
        return step
    raise RefusedRequest(
        InvalidScope("A factor is needed that a simulation cannot show.", rule="unmet_acr"),
        request.reply_to,
        request.client,
    )


def _why_not_asked(client: Client) -> str:
    if client.consent == "implicit":
        return "No consent is asked for: the client has consent=implicit."
    return "No consent is asked for: the person has given it before."


def _note_scope(
    request: AuthorizationRequest, granted: frozenset[str], held: frozenset[str], trace: _Trace
) -> None:
    trace.note("scope", f"Granted: {scopes.serialize(granted) or 'nothing'}.")
    for name in sorted(request.scope - granted):
        if name not in held:
            text = f"{name} is left out: the account holds no role that allows it."
        elif name not in grantable(request.client, request.scope):
            text = f"{name} is left out: the client has no grant type refresh_token."
        else:
            text = f"{name} is left out: it needs a code."
        trace.note("scope", text)


def _note_refresh_token(client: Client, scope: frozenset[str], trace: _Trace) -> None:
    if "refresh_token" not in client.grant_types:
        text = "No refresh token: the client has no grant type refresh_token."
    elif "offline_access" in scope:
        text = "A refresh token that outlives the session: offline_access is granted."
    elif client.policy.session_refresh:
        text = "A refresh token that ends with the session: session_refresh is true."
    else:
        text = "No refresh token: without offline_access, and session_refresh is false."
    trace.note("refresh_token", text)


def _told(server: AuthorizationServer, prepared: issue.PreparedTokens, trace: _Trace) -> Simulated:
    """The tokens' claims, as they would be signed."""
    audience, grant = prepared.audience, prepared.grant
    trace.note("audience", f"For {', '.join(audience.identifiers)}.")
    kind = "opaque" if audience.format == "opaque" else f"a JWT signed with {audience.alg}"
    trace.note("access_token_format", f"The access token is {kind}.")
    claims = access_token.claims(server, issue.prepared_claims(prepared))
    if prepared.opaque is not None:
        claims = {name: claims[name] for name in claims if name not in ("jti", "gid")}
    response = {
        "token_type": "Bearer",
        "expires_in": int((prepared.expires_at - server.now).total_seconds()),
        "scope": scopes.serialize(prepared.scope),
    }
    told = Simulated(tuple(trace.reasons), response, claims)
    if grant is None or "openid" not in prepared.scope:
        return told
    companions = id_token.Companions(nonce=NONCE)
    return replace(
        told,
        id_token=id_token.claims(server, prepared.client, grant, companions),
        userinfo=_userinfo(server, prepared.client, grant),
    )


def _userinfo(
    server: AuthorizationServer, client: Client, grant: Grant
) -> Mapping[str, Any] | None:
    if grant.account is None:
        return None
    return userinfo.claims_of(server, client, grant.account, grant.scope, grant.claims)
