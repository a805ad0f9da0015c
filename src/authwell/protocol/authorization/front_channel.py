"""What an authorization response brings, by response type (OpenID Connect Core sections 3.1.2.5,
3.2.2.5 and 3.3.2.5): first all of it is decided, then kept, then signed.
"""

from dataclasses import dataclass

from authwell.protocol.authorization.request import AuthorizationRequest
from authwell.protocol.clients import encryption
from authwell.protocol.jose.encryption import Recipient
from authwell.protocol.model import Grant
from authwell.protocol.records import CodeRecord, NewAccessToken
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import id_token, issue
from authwell.utils.randomness import digest, new_secret

CODE_PREFIX = "awc"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the response will bring, neither kept nor signed; all None for `none`.

    Attributes:
        code: the code itself, with the row to keep.
        tokens: the access token. A refresh token never travels through the browser.
        recipient: whom the ID token is encrypted to, if the client wants that.
    """

    grant: Grant
    code: str | None = None
    new_code: CodeRecord | None = None
    tokens: issue.PreparedTokens | None = None
    recipient: Recipient | None = None

    @property
    def new_access_token(self) -> NewAccessToken | None:
        """The row of an opaque access token."""
        return self.tokens.new_access_token if self.tokens else None


def prepare(server: AuthorizationServer, request: AuthorizationRequest, grant: Grant) -> Prepared:
    """Decide what the response type asks for.

    Raises:
        NoEncryptionKey: it brings an ID token, and the client has no key for it.
    """
    code = new_secret(CODE_PREFIX) if "code" in request.returned else None
    tokens = None
    if "token" in request.returned:
        tokens = issue.prepare(
            server,
            request.client,
            grant,
            grant.scope,
            request.resources,
            with_refresh_token=False,
            through_browser=True,
        )
    new_code = _new_code(server, request, grant, code) if code else None
    recipient = None
    if "id_token" in request.returned:
        wanted = request.client.id_token_encryption
        recipient = encryption.recipient(server, request.client, wanted)
    return Prepared(grant, code, new_code, tokens, recipient)


def sign(
    server: AuthorizationServer, request: AuthorizationRequest, prepared: Prepared
) -> list[tuple[str, str]]:
    """The parameters of the response, in the order of their standard."""
    values: list[tuple[str, str]] = []
    access_token = None
    if prepared.code is not None:
        values.append(("code", prepared.code))
    if prepared.tokens is not None:
        response = issue.sign_access_token(server, prepared.tokens)
        access_token = str(response["access_token"])
        values += [(name, str(value)) for name, value in response.items()]
    if "id_token" in request.returned:
        companions = id_token.Companions(
            nonce=request.nonce,
            access_token=access_token,
            code=prepared.code,
            state=request.reply_to.state,
        )
        signed = _sign_id_token(server, request, prepared.grant, companions)
        values.append(("id_token", id_token.sealed(signed, prepared.recipient)))
    return values


def _sign_id_token(
    server: AuthorizationServer,
    request: AuthorizationRequest,
    grant: Grant,
    companions: id_token.Companions,
) -> str:
    """An ID token that comes alone says itself what userinfo would say (section 5.4)."""
    alone = request.response_type == "id_token"
    claims_of = grant.scope if alone else frozenset[str]()
    return id_token.sign(server, request.client, grant, companions, claims_of)


def _new_code(
    server: AuthorizationServer, request: AuthorizationRequest, grant: Grant, code: str
) -> CodeRecord:
    return CodeRecord(
        digest=digest(code),
        client_id=grant.client_id,
        grant=grant,
        expires_at=server.now + request.client.policy.code_lifetime,
        redirect_uri=request.reply_to.redirect_uri if request.redirect_uri_sent else None,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
    )
