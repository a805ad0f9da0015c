"""The registered errors of OAuth 2.0 and OpenID Connect, one type each.

`description` goes to the client: printable ASCII without quote and backslash, no secret, no
hint for a guesser. `reason` goes to the log with a stable `rule` that `authwell explain`
knows: what was compared, and what would have been right.
"""

from http import HTTPStatus
from typing import ClassVar


class OAuthError(Exception):
    """JSON at the machine endpoints, a redirect at the authorization endpoint.

    Attributes:
        rule: stable name of the rule that failed; by default the error code.
        may_be_stale: whether a newer configuration could turn the refusal into an answer,
            so that the snapshot is reread before it is believed.
    """

    code: ClassVar[str]
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    may_be_stale: ClassVar[bool] = False

    def __init__(self, description: str, *, reason: str = "", rule: str | None = None) -> None:
        """Describe the refusal; see the module for who reads what."""
        super().__init__(description)
        self.description = description
        self.reason = reason or description
        self.rule = rule or self.code


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated, malformed or contradicts another (RFC 6749 5.2)."""

    code = "invalid_request"


class NoEncryptionKey(InvalidRequest):
    """The client wants what it gets encrypted, and no key of it can be used for that."""

    may_be_stale = True

    def __init__(self, reason: str) -> None:
        """Keep `reason` for the log."""
        text = "The client has no usable key that its tokens can be encrypted to."
        super().__init__(text, reason=reason, rule="encryption_key_missing")


class InvalidClient(OAuthError):
    """Client authentication failed (RFC 6749 section 5.2)."""

    code = "invalid_client"
    status = HTTPStatus.UNAUTHORIZED
    may_be_stale = True


class InvalidGrant(OAuthError):
    """The code, refresh token or password is unknown, expired, used, or another client's."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """The client is not registered for this grant or response type."""

    code = "unauthorized_client"
    may_be_stale = True


class UnsupportedGrantType(OAuthError):
    """No such grant type, or the tenant's policy does not have it."""

    code = "unsupported_grant_type"
    may_be_stale = True


class UnsupportedResponseType(OAuthError):
    """No such response type, or the policy does not have it."""

    code = "unsupported_response_type"
    may_be_stale = True


class InvalidScope(OAuthError):
    """A scope is unknown, malformed, or more than was registered or granted."""

    code = "invalid_scope"
    may_be_stale = True


class InvalidTarget(OAuthError):
    """The resource is unknown or not allowed for the client (RFC 8707 section 2)."""

    code = "invalid_target"
    may_be_stale = True


class AccessDenied(OAuthError):
    """The person, or the policy, said no."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """prompt=none, but the person must log in (OpenID Connect Core section 3.1.2.6)."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """prompt=none, but the person must be asked for consent."""

    code = "consent_required"


class AccountSelectionRequired(OAuthError):
    """prompt=none with select_account."""

    code = "account_selection_required"


class InteractionRequired(OAuthError):
    """prompt=none, but a page must be shown."""

    code = "interaction_required"


class UnmetAuthenticationRequirements(OAuthError):
    """The person cannot log in the way that the client demands (OpenID Connect Core Error Code
    unmet_authentication_requirements 1.0).
    """

    code = "unmet_authentication_requirements"


class RequestNotSupported(OAuthError):
    """The `request` parameter (OpenID Connect Core section 3.1.2.6)."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """The `request_uri` parameter."""

    code = "request_uri_not_supported"


class InvalidRequestObject(OAuthError):
    """The request object is malformed, not signed by the client, or contradicts the request
    (RFC 9101 section 6, OpenID Connect Core section 3.1.2.6).
    """

    code = "invalid_request_object"
    may_be_stale = True


class InvalidRequestUri(OAuthError):
    """The `request_uri` is not registered, or brought no request object (RFC 9101 section 5.2)."""

    code = "invalid_request_uri"
    may_be_stale = True


class RegistrationNotSupported(OAuthError):
    """The `registration` parameter."""

    code = "registration_not_supported"


class InvalidMetadata(OAuthError):
    """A client that registers itself has a member that it may not have (RFC 7591 3.2.2)."""

    code = "invalid_client_metadata"
    may_be_stale = True


class InvalidRedirectUri(OAuthError):
    """One of the redirect URIs of a registration may not be one."""

    code = "invalid_redirect_uri"
    may_be_stale = True


class InvalidSoftwareStatement(OAuthError):
    """The software statement of a registration is none, or nobody we trust signed it."""

    code = "invalid_software_statement"
    may_be_stale = True


class UnapprovedSoftwareStatement(OAuthError):
    """The software statement is of an issuer that the tenant does not trust."""

    code = "unapproved_software_statement"
    may_be_stale = True


class RegistrationOff(OAuthError):
    """The tenant does not let clients register themselves: there is no such endpoint."""

    code = "registration_not_supported"
    status = HTTPStatus.NOT_FOUND
    may_be_stale = True


class RegistrationsFull(OAuthError):
    """As many clients as may wait for their first use do so already."""

    code = "temporarily_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class UnsupportedTokenType(OAuthError):
    """Revocation of something that cannot be revoked (RFC 7009 section 2.2.1)."""

    code = "unsupported_token_type"


class BearerError(Exception):
    """An access token was not accepted at a protected resource (RFC 6750 section 3)."""

    code: ClassVar[str]
    status: ClassVar[HTTPStatus]
    description: ClassVar[str]

    def __init__(self, reason: str) -> None:
        """Keep `reason` for the log; the client sees only the fixed texts of the type."""
        super().__init__(reason)
        self.reason = reason


class MissingToken(BearerError):
    """No access token at all: the challenge carries no error code (RFC 6750 section 3.1)."""

    code = ""
    status = HTTPStatus.UNAUTHORIZED
    description = ""


class AmbiguousToken(BearerError):
    """More than one way of sending the token was used, or one that is not allowed."""

    code = "invalid_request"
    status = HTTPStatus.BAD_REQUEST
    description = "Send the access token exactly once, in the Authorization header or the form."


class InvalidToken(BearerError):
    """Expired, revoked, malformed, or for another audience."""

    code = "invalid_token"
    status = HTTPStatus.UNAUTHORIZED
    description = "The access token is expired, revoked, malformed or for another audience."


class InsufficientScope(BearerError):
    """The token is good, but not for this."""

    code = "insufficient_scope"
    status = HTTPStatus.FORBIDDEN
    description = "The access token does not have the scope that this resource needs."


class InsufficientAuthentication(BearerError):
    """The token is good, but its person must show a second factor first (RFC 9470 section 3)."""

    code = "insufficient_user_authentication"
    status = HTTPStatus.UNAUTHORIZED
    description = "The account needs a second factor, which the login of the token lacked."


class InvalidApiKey(InvalidToken):
    """A key of our own API that is unknown, revoked or expired, or whose owner was shut out."""

    code = "invalid_api_key"
    description = "The API key is unknown, expired or revoked."


class NotForYou(BearerError):
    """The answer would have to be encrypted, and the client has no key for that."""

    code = "invalid_request"
    status = HTTPStatus.BAD_REQUEST
    description = "The client has no usable key that the answer can be encrypted to."


class ClientDisabled(BearerError):
    """The client of the registration access token was switched off (RFC 7592 section 2.1)."""

    code = "insufficient_scope"
    status = HTTPStatus.FORBIDDEN
    description = "An administrator has disabled this client."


class UnsafeRedirect(Exception):
    """The client or its redirect URI is not proven: shown on a page of ours, nothing is sent
    there (RFC 9700 section 4.1).

    Attributes:
        rule: stable name: unknown_client, redirect_uri_mismatch, ...
        message: what happened, for the person who sees the page.
        again: the name of the client, and where it begins a login, if it said so.
    """

    def __init__(
        self, rule: str, message: str, *, reason: str, again: tuple[str, str] | None = None
    ) -> None:
        """See the class."""
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.reason = reason
        self.again = again
