"""Granting or denying an authorization request (RFC 6749 section 4.1.2)."""

from dataclasses import dataclass

from authwell.protocol import authentication_context, claims, session_state, subjects
from authwell.protocol.authorization import front_channel, interaction, third_party
from authwell.protocol.authorization.request import AuthorizationRequest, RefusedRequest
from authwell.protocol.authorization.response_modes import FormPost, Redirect, encode
from authwell.protocol.errors import AccessDenied, OAuthError, UnsafeRedirect
from authwell.protocol.events import EventType
from authwell.protocol.model import Client, Consent, Grant, Session
from authwell.protocol.records import Authorization, Interaction
from authwell.protocol.server import AuthorizationServer
from authwell.utils.randomness import new_id

PERSONAL = frozenset(
    {
        "login_required",
        "consent_required",
        "interaction_required",
        "account_selection_required",
    }
)
"""Errors that last until the person does something: `session_state` tells the client when."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has decided: the scope granted, and whether to remember it."""

    step: interaction.Grant
    interaction: Interaction | None = None
    asked: bool = False
    """Whether the person was asked on the consent page, so that the answer is remembered."""


def grant_request(
    server: AuthorizationServer, request: AuthorizationRequest, decision: Decision
) -> Redirect | FormPost:
    """Keep the grant and what it gives in one change, and answer with that.

    Raises:
        UnsafeRedirect: the interaction was used up before (the page was sent twice).
        RefusedRequest: the client has no key that its ID token can be encrypted to.
    """
    grant = new_grant(server, request, decision.step)
    try:
        prepared = front_channel.prepare(server, request, grant)
    except OAuthError as error:
        raise RefusedRequest(error, request.reply_to, request.client) from error
    authorization = Authorization(
        grant=grant,
        code=prepared.new_code,
        event=server.event(EventType.AUTHORIZATION_GRANTED, client=request.client, grant=grant),
        interaction_digest=decision.interaction.digest if decision.interaction else None,
        consent=_consent(request, grant, decision.step.told) if decision.asked else None,
        access_token=prepared.new_access_token,
    )
    if not server.store.codes.issue(authorization):
        raise already_answered(server, request.client)
    values = front_channel.sign(server, request, prepared)
    if "openid" in request.scope:
        uri = request.reply_to.redirect_uri
        values += session_state.parameter(server.tenant, request.client, uri, decision.step.session)
    return encode(request.reply_to, server.issuer, values)


def deny_request(
    server: AuthorizationServer, request: AuthorizationRequest, waiting: Interaction
) -> Redirect | FormPost:
    """Use the interaction up and answer `access_denied`.

    Raises:
        UnsafeRedirect: the interaction was used up before.
    """
    if server.store.interactions.take(server.tenant.id, waiting.digest, server.now) is None:
        raise already_answered(server, request.client)
    error = AccessDenied("The person did not agree.", reason="cancelled on a page")
    return refuse_request(server, RefusedRequest(error, request.reply_to, request.client))


def refuse_request(
    server: AuthorizationServer, refused: RefusedRequest, session: Session | None = None
) -> Redirect | FormPost:
    """The error response (RFC 6749 section 4.1.2.1).

    Args:
        server: of this request.
        refused: what is refused, and where that is said.
        session: the browser's, where the error is one of `PERSONAL`.
    """
    error = refused.error
    values = [("error", error.code), ("error_description", error.description)]
    if error.code in PERSONAL:
        uri = refused.reply_to.redirect_uri
        values += session_state.parameter(server.tenant, refused.client, uri, session)
    return encode(refused.reply_to, server.issuer, values)


def already_answered(server: AuthorizationServer, client: Client | None = None) -> UnsafeRedirect:
    """The page of an interaction was sent a second time, or too late.

    Args:
        client: whose request it was, if this browser is known to have brought it.
    """
    address = None if client is None else third_party.login_address(server, client)
    return UnsafeRedirect(
        "interaction_gone",
        "This sign-in has already been finished, or it took too long.",
        reason="the interaction is used up or expired",
        again=(client.name, address) if client is not None and address is not None else None,
    )


def new_grant(
    server: AuthorizationServer, request: AuthorizationRequest, step: interaction.Grant
) -> Grant:
    """The grant that the step allows; it is not kept here."""
    session, client = step.session, request.client
    longest = max(client.policy.refresh_token_lifetime, client.policy.access_token_lifetime)
    return Grant(
        id=new_id(),
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        account=session.account,
        scope=step.scope,
        resources=request.resources,
        created_at=server.now,
        expires_at=server.now + longest,
        session_id=session.id,
        sid=subjects.sid(session.id, client.client_id),
        claims=claims.within(request.claims, step.scope | step.told),
        auth_time=session.auth_time,
        amr=session.amr,
        acr=_acr(request, session),
        offline="offline_access" in step.scope,
    )


def _acr(request: AuthorizationRequest, session: Session) -> str | None:
    """The class that was asked for, where the session reaches it; it may reach a higher one too."""
    wanted = authentication_context.wished(request.claims, request.acr_values)
    return authentication_context.told(session.amr, wanted or request.client.default_acr_values)


def _consent(request: AuthorizationRequest, grant: Grant, told: frozenset[str]) -> Consent | None:
    if grant.account is None:
        return None
    return Consent(
        account_id=grant.account.id,
        client_id=grant.client_id,
        scope=grant.scope | told,
        resources=frozenset(request.resources),
    )
