"""Rules of the token, introspection, revocation and userinfo endpoints."""

from authwell.ops.explanations.model import Explanation, Explanations

TOKENS: Explanations = {
    "client_authentication": Explanation(
        "The client proves itself, by the one method that it is registered with.",
        "RFC 6749 section 2.3, RFC 9700 section 2.5",
        "What was compared says what differs: the id, the method or the secret. A lost secret "
        "is replaced by `authwell client rotate-secret ID`. In Basic, id and secret are "
        "form-encoded before they are joined.",
    ),
    "client_assertion": Explanation(
        "A client's assertion is its own, for this server, fresh, and signed by a key of it.",
        "RFC 7523 section 3",
        "iss and sub are the client_id, aud is the issuer or the endpoint, exp is at most an "
        "hour ahead, jti is new each time, and alg and key are those of the registration.",
    ),
    "assertion_type": Explanation(
        "client_assertion_type says that the assertion is a JWT.",
        "RFC 7523 section 2.2",
        "Send urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
    ),
    "assertion_replay": Explanation(
        "An assertion is used once, also by a request that was refused.",
        "RFC 7523 section 3",
        "Make a new assertion with a new jti for each request, a repeated one included.",
    ),
    "client_keys": Explanation(
        "The keys of a client can be fetched from its jwks_uri.",
        "RFC 7591 section 2",
        "The address must be public https without a redirect and answer a JWK set in five "
        "seconds; OUTGOING_ALLOW and OUTGOING_CA_FILE open private ones. After a failure it is "
        "tried again in ten seconds.",
    ),
    "encryption_key_missing": Explanation(
        "A client that wants its tokens encrypted has a key that they can be encrypted to.",
        "OpenID Connect Core sections 10.2 and 16.14",
        "What was compared names the algorithm. The client's jwks or jwks_uri needs a key of its "
        "type without use or with use enc, and without alg or with that one. No code and no "
        "refresh token was used up.",
    ),
    "auth_scheme": Explanation(
        "The Authorization header of a client is well-formed Basic.",
        "RFC 6749 section 2.3.1, RFC 7617",
        "Send Basic with base64 of id:secret, both form-encoded.",
    ),
    "two_client_auth_methods": Explanation(
        "A request authenticates its client by one method only.",
        "RFC 6749 section 2.3",
        "Send the secret in the header or in the body, not in both.",
    ),
    "client_id_differs": Explanation(
        "client_id names the client that has proven itself, or that the address names.",
        "RFC 6749 section 3.2.1",
        "Leave client_id out of the body, or make both the same.",
    ),
    "invalid_client": Explanation(
        "The client proves itself.",
        "RFC 6749 section 5.2",
        "Send the client's id and secret by its registered method.",
    ),
    "unsupported_grant_type": Explanation(
        "The grant type exists and the tenant's policy has it.",
        "RFC 6749 section 5.2",
        "Use one of the metadata's grant_types_supported; password is off unless the tenant's "
        "policy and the client both say otherwise.",
    ),
    "public_client": Explanation(
        "Only a client that can keep a secret gets tokens for itself.",
        "RFC 6749 section 4.4",
        "Register a second, confidential client for the service.",
    ),
    "invalid_grant": Explanation(
        "The code, refresh token or password is good, and this client's.",
        "RFC 6749 section 5.2",
        "Send the person through the authorization endpoint again.",
    ),
    "code_unknown": Explanation(
        "The code is one that this server gave out.",
        "RFC 6749 section 4.1.3",
        "Use the code as it came, decoded once; codes end after a minute and are then forgotten.",
    ),
    "code_expired": Explanation(
        "A code is redeemed at once.",
        "RFC 6749 section 4.1.2",
        "Redeem the code when it arrives; compare the clocks and the time that the client takes.",
    ),
    "code_of_other_client": Explanation(
        "A code is redeemed by the client that it was given to.",
        "RFC 6749 section 4.1.3",
        "Use the same client_id at both endpoints; if nobody mixed them up, it is an attack.",
    ),
    "code_replayed": Explanation(
        "A code is redeemed once; its tokens end with a second use.",
        "RFC 6749 section 4.1.2, RFC 9700 section 4.5",
        "Look for a double submission or a retry in the client; else somebody stole the code.",
    ),
    "code_failed_too_often": Explanation(
        "A code is tried five times at most.",
        "RFC 9700 section 4.5",
        "Look at the refusals before this one; then log in again.",
    ),
    "redirect_uri_differs": Explanation(
        "The token request repeats the redirect URI of the authorization request.",
        "RFC 6749 section 4.1.3",
        "Send the same redirect_uri, character by character, at both endpoints.",
    ),
    "grant_ended": Explanation(
        "The grant that a token hangs on still stands.",
        "RFC 6749 section 6, DESIGN: state",
        "What was compared says what ended it; the person logs in again.",
    ),
    "pkce_verifier_missing": Explanation(
        "Who sent a challenge sends its verifier.",
        "RFC 7636 section 4.5",
        "Keep code_verifier in the browser's session until the code comes back.",
    ),
    "pkce_downgrade": Explanation(
        "Who sends a verifier has sent a challenge before.",
        "RFC 9700 section 4.8.2",
        "If the client sent code_challenge, somebody removed it on the way: treat it as an attack.",
    ),
    "pkce_verifier_malformed": Explanation(
        "The verifier is 43 to 128 unreserved characters.",
        "RFC 7636 section 4.1",
        "Make it of random bytes in base64url without padding.",
    ),
    "pkce_verifier_wrong": Explanation(
        "SHA-256 of the verifier is the challenge.",
        "RFC 7636 section 4.6",
        "Look for two logins at once that share one stored verifier, or for a hash of the wrong "
        "form of it.",
    ),
    "refresh_token_unknown": Explanation(
        "The refresh token is one that this server gave out and keeps.",
        "RFC 6749 section 6",
        "Use the newest refresh token; after its family's end the person logs in again.",
    ),
    "refresh_token_expired": Explanation(
        "A family of refresh tokens has an end that rotation does not move.",
        "RFC 9700 section 4.14.2",
        "The person logs in again; the tenant's refresh_token_lifetime sets the end.",
    ),
    "refresh_token_of_other_client": Explanation(
        "A refresh token is used by the client that it was given to.",
        "RFC 6749 section 6",
        "Use the client's own tokens; if nobody mixed them up, it is an attack.",
    ),
    "refresh_token_replayed": Explanation(
        "A refresh token is used once; a second use later than the retry window ends its family.",
        "RFC 9700 section 4.14.2",
        "Let the client store the new token before it uses it, and refresh in one place only; "
        "else somebody stole it. The person logs in again.",
    ),
    "password_wrong": Explanation(
        "User name and password belong together, and the account may log in.",
        "RFC 6749 section 4.3.2",
        "Look at the audit log of the account; five failures lock it for a while.",
    ),
    "invalid_scope": Explanation(
        "The scope is well-formed, known and not more than was granted.",
        "RFC 6749 section 3.3",
        "Ask for scopes of the client's registration, separated by single spaces.",
    ),
    "scope_not_registered": Explanation(
        "A client asks for scopes that it is registered for.",
        "RFC 6749 section 3.3",
        'Add the scope by `authwell client update ID --scope "..."`, or stop asking for it.',
    ),
    "scope_widened": Explanation(
        "A refresh asks for no more than was granted.",
        "RFC 6749 section 6",
        "Leave scope out, or send the person through the authorization endpoint for more.",
    ),
    "scope_of_other_resource": Explanation(
        "The scopes admin and account go to this server's own API only.",
        "RFC 8707 section 2",
        "Ask for resource=<issuer>/api, or for no resource at all.",
    ),
    "invalid_target": Explanation(
        "A resource is an absolute URI without a fragment, known and allowed.",
        "RFC 8707 section 2",
        "Send the identifier as `authwell resource list` prints it.",
    ),
    "resource_not_allowed": Explanation(
        "The resource exists, and the client may have tokens for it.",
        "RFC 8707 section 2",
        "Add it to the client's allowed_resources, or make it by `authwell resource create`.",
    ),
    "resource_not_granted": Explanation(
        "A token request asks for resources of its grant.",
        "RFC 8707 section 2.2",
        "Ask for the resource at the authorization endpoint already.",
    ),
    "unsupported_token_type": Explanation(
        "The token is of a kind that can be revoked.",
        "RFC 7009 section 2.2.1",
        "Revoke an access or a refresh token.",
    ),
    "public_client_introspects": Explanation(
        "Introspection answers clients that can keep a secret.",
        "RFC 7662 section 2.1",
        "Register the resource server as a confidential client.",
    ),
    "missing_token": Explanation(
        "A request to this resource brings an access token.",
        "RFC 6750 section 2.1",
        "Send Authorization: Bearer and the token.",
    ),
    "invalid_token": Explanation(
        "The access token is of this server, for this resource, and still stands.",
        "RFC 6750 section 3.1",
        "What was compared says what is wrong with it; get a new one.",
    ),
    "insufficient_scope": Explanation(
        "The access token has the scope and the audience that the resource needs.",
        "RFC 6750 section 3.1",
        "Ask for the scope at the authorization or token endpoint; admin also needs the "
        "client's registration or the account's role.",
    ),
    "insufficient_user_authentication": Explanation(
        "The login behind the token showed the second factor that the account needs by now, by a "
        "role, a group or the tenant's policy.",
        "RFC 9470 section 3; REQUIREMENTS.md K13; THREATS.md MF-04",
        "Log in again: the login asks for the factor, or has one set up.",
    ),
}

ENDED: dict[str, str] = {
    "grant_revoked": "the grant was revoked: by logging out, by the person, or after a replay",
    "grant_expired": "the grant reached its end",
    "grant_unknown": "the grant is no longer kept",
    "tenant_disabled": "the tenant is suspended, or was deleted",
    "tenant_not_before": "everything of the tenant from before a moment was ended",
    "client_disabled": "the client is disabled",
    "client_not_before": "everything of the client from before a moment was ended",
    "client_unknown": "the client was deleted",
    "account_disabled": "the account is disabled",
    "account_not_before": "the account's password changed, or it was switched off since",
    "session_ended": "the person logged out, and the token was bound to the session",
    "session_expired": "the session ended by itself, and the token was bound to it",
    "token_revoked": "the token itself was revoked",
    "token_expired": "the token reached its end",
}
"""What can have ended a token, by the code in the reason."""
