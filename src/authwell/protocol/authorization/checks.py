"""The rules that an authorization request must keep, as a table.

A new rule is one function and one line. Each says in its name what must be true.
"""

from collections.abc import Callable

from authwell.protocol import authentication_context, pkce, resources
from authwell.protocol.authorization.request import AuthorizationRequest, RefusedRequest
from authwell.protocol.errors import (
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
)
from authwell.protocol.response_types import grant_types
from authwell.protocol.server import AuthorizationServer

PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})
DISPLAYS = frozenset({"page", "popup", "touch", "wap"})

Check = Callable[[AuthorizationServer, AuthorizationRequest], None]


def client_may_use_the_response_type(
    _server: AuthorizationServer, request: AuthorizationRequest
) -> None:
    """RFC 6749 section 4.1.2.1; a client without the grant cannot redeem a code."""
    client, needed = request.client, grant_types(request.response_type)
    if request.response_type not in client.response_types or not needed <= client.grant_types:
        raise UnauthorizedClient("The client is not registered for this response type.")


def id_token_is_for_openid(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """OpenID Connect Core sections 3.2.2.1 and 3.3.2.1: without `openid` there is no ID token."""
    if "id_token" in request.returned and "openid" not in request.scope:
        raise InvalidScope("An ID token needs the scope openid.", rule="openid_missing")


def id_token_has_a_nonce(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """OpenID Connect Core sections 3.2.2.1 and 3.3.2.11: it is what binds the token to the
    client's session.
    """
    if "id_token" in request.returned and request.nonce is None:
        raise InvalidRequest("nonce is missing.", rule="nonce_missing")


def prompt_is_known(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """OpenID Connect Core section 3.1.2.1."""
    if request.prompt - PROMPTS:
        raise InvalidRequest("prompt has a value that is not supported.", rule="prompt_unknown")


def prompt_create_has_a_page(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """Initiating User Registration via OpenID Connect section 4.2."""
    if "create" in request.prompt and request.client.policy.registration_page is None:
        raise InvalidRequest("prompt=create is not supported.", rule="prompt_create")


def prompt_none_stands_alone(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """OpenID Connect Core section 3.1.2.1."""
    if "none" in request.prompt and len(request.prompt) > 1:
        raise InvalidRequest("prompt=none must stand alone.", rule="prompt_none_not_alone")


def display_is_known(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """OpenID Connect Core section 3.1.2.1."""
    if request.display not in DISPLAYS:
        raise InvalidRequest("display has a value that is not supported.", rule="display_unknown")


def public_client_sends_a_challenge(
    _server: AuthorizationServer, request: AuthorizationRequest
) -> None:
    """RFC 9700 section 2.1.1; confidential clients too where the policy says all. Without a
    code there is nothing to prove.
    """
    needed = request.client.is_public or request.client.policy.pkce == "all"
    if needed and "code" in request.returned and request.code_challenge is None:
        raise InvalidRequest("code_challenge is missing.", rule="pkce_required")


def challenge_method_is_s256(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """RFC 7636 section 4.3; `plain`, the default, shows the verifier to any onlooker."""
    if request.code_challenge is not None and request.code_challenge_method != "S256":
        raise InvalidRequest("code_challenge_method must be S256.", rule="pkce_method")
    if request.code_challenge is None and request.code_challenge_method is not None:
        raise InvalidRequest("code_challenge is missing.", rule="pkce_required")


def challenge_is_well_formed(_server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """RFC 7636 section 4.2: a SHA-256 in base64url."""
    if request.code_challenge is not None and not pkce.is_challenge(request.code_challenge):
        raise InvalidRequest(
            "code_challenge must be 43 characters of base64url.", rule="pkce_challenge_malformed"
        )


def own_scope_goes_to_our_api(server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """RFC 8707 section 2: a scope belongs to its resource."""
    resources.require_own_scope(server.tenant, request.resources, request.scope)


def essential_acr_can_be_reached(
    _server: AuthorizationServer, request: AuthorizationRequest
) -> None:
    """OpenID Connect Core section 5.5.1.1: no login would do, so nobody is asked for one."""
    demanded = authentication_context.demanded(request.claims)
    if demanded is not None and demanded.isdisjoint(authentication_context.CLASSES):
        raise UnmetAuthenticationRequirements("The acr that is essential cannot be reached.")


CHECKS: tuple[Check, ...] = (
    client_may_use_the_response_type,
    id_token_is_for_openid,
    id_token_has_a_nonce,
    prompt_is_known,
    prompt_create_has_a_page,
    prompt_none_stands_alone,
    display_is_known,
    public_client_sends_a_challenge,
    challenge_method_is_s256,
    challenge_is_well_formed,
    own_scope_goes_to_our_api,
    essential_acr_can_be_reached,
)


def check_request(server: AuthorizationServer, request: AuthorizationRequest) -> None:
    """Apply the table.

    Raises:
        RefusedRequest: the first rule that is broken, to be sent to the client.
    """
    try:
        for check in CHECKS:
            check(server, request)
    except OAuthError as error:
        raise RefusedRequest(error, request.reply_to, request.client) from error
