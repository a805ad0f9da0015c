"""The API of Authwell for Python programs, generated from its OpenAPI document.

Needs nothing but Python. `scripts/documents.py` writes this file.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Send = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
"""Method, URL, headers and body; the status and the body of the answer."""


class Refused(Exception):
    """What the API refused, with the problem (RFC 9457) that it answered."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("error") or str(status))
        self.status = status
        self.problem = problem


def send(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, bytes]:
    """Ask by the standard library."""
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 - the caller's server
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return int(answer.status), bytes(answer.read())
    except HTTPError as error:
        return error.code, error.read()


class Authwell:
    """A server; each operation of its document is a method."""

    def __init__(
        self, issuer: str, token: str | None = None, api_key: str | None = None, send: Send = send
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.token = token
        self.api_key = api_key
        self._send = send

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask, and read the answer.

        Raises:
            Refused: the status is 400 or more.
        """
        headers = {"Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        elif self.api_key is not None:
            headers["X-API-Key"] = self.api_key
        data = None
        if form is not None:
            data = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        url = self.issuer + path + (f"?{urlencode(wanted)}" if wanted else "")
        status, answer = self._send(method, url, headers, data)
        found = json.loads(answer) if answer[:1] in (b"{", b"[") else None
        if status >= 400:
            raise Refused(status, found or {})
        return found

    def post_auth_api_keys(self, body: Mapping[str, Any]) -> Any:
        """Make a key; its value is in this answer only."""
        return self.call("POST", "/auth/api-keys", body=body)

    def get_auth_api_keys(self) -> Any:
        """List the keys of the caller's account."""
        return self.call("GET", "/auth/api-keys")

    def delete_auth_api_keys_key_id(self, key_id: str) -> Any:
        """End a key at once."""
        return self.call("DELETE", f"/auth/api-keys/{_part(key_id)}")

    def get_auth_audit(self, *, limit: Any = None, cursor: Any = None) -> Any:
        """List what happened with the caller's account."""
        return self.call("GET", "/auth/audit", query={"limit": limit, "cursor": cursor})

    def post_auth_email_verify(self, body: Mapping[str, Any]) -> Any:
        """Verify the address of an account by the token of a mail, which is used up."""
        return self.call("POST", "/auth/email/verify", body=body)

    def post_auth_email_resend_verification(self, body: Mapping[str, Any]) -> Any:
        """Send the mail again, if the address waits for one; the answer is the same if not."""
        return self.call("POST", "/auth/email/resend-verification", body=body)

    def get_auth_email_status(self) -> Any:
        """Tell whether the caller's address is verified."""
        return self.call("GET", "/auth/email/status")

    def get_auth_export(self) -> Any:
        """Export all that is held about the caller as one document."""
        return self.call("GET", "/auth/export")

    def post_auth_login(self, body: Mapping[str, Any]) -> Any:
        """Log in by name and password."""
        return self.call("POST", "/auth/login", body=body)

    def post_auth_refresh(self, body: Mapping[str, Any]) -> Any:
        """Exchange a refresh token for new tokens; the old one is used up."""
        return self.call("POST", "/auth/refresh", body=body)

    def post_auth_logout(self) -> Any:
        """End the session of the access token, and all its tokens at once."""
        return self.call("POST", "/auth/logout")

    def get_auth_mfa_status(self) -> Any:
        """Tell which second factors the caller's account has."""
        return self.call("GET", "/auth/mfa/status")

    def post_auth_mfa_setup(self, body: Mapping[str, Any] | None = None) -> Any:
        """Make the secret of an authenticator app."""
        return self.call("POST", "/auth/mfa/setup", body=body or {})

    def post_auth_mfa_enable(self, body: Mapping[str, Any]) -> Any:
        """Let the app count, because it made this code; the backup codes are shown this once."""
        return self.call("POST", "/auth/mfa/enable", body=body)

    def post_auth_mfa_disable(self, body: Mapping[str, Any] | None = None) -> Any:
        """Remove the app."""
        return self.call("POST", "/auth/mfa/disable", body=body or {})

    def post_auth_mfa_backup_codes_regenerate(self, body: Mapping[str, Any] | None = None) -> Any:
        """Make ten new backup codes; all before are worthless."""
        return self.call("POST", "/auth/mfa/backup-codes/regenerate", body=body or {})

    def post_auth_mfa_verify(self, body: Mapping[str, Any]) -> Any:
        """Finish a login by its second factor."""
        return self.call("POST", "/auth/mfa/verify", body=body)

    def post_auth_mfa_enrolment_begin(self, body: Mapping[str, Any]) -> Any:
        """Make the secret of an app for a login that needs one."""
        return self.call("POST", "/auth/mfa/enrolment/begin", body=body)

    def post_auth_mfa_enrolment_complete(self, body: Mapping[str, Any]) -> Any:
        """Let the app count, and finish the login."""
        return self.call("POST", "/auth/mfa/enrolment/complete", body=body)

    def post_auth_password_reset_verify(self, body: Mapping[str, Any] | None = None) -> Any:
        """Ask for a mail with a token, or set another password by it."""
        return self.call("POST", "/auth/password-reset/verify", body=body or {})

    def post_auth_password_reset(self, body: Mapping[str, Any] | None = None) -> Any:
        """Ask for a mail with a token, or set another password by it."""
        return self.call("POST", "/auth/password-reset", body=body or {})

    def post_auth_password_reset_request(self, body: Mapping[str, Any]) -> Any:
        """Send a token to the address, if it has an account; the answer is the same if not."""
        return self.call("POST", "/auth/password-reset-request", body=body)

    def post_auth_passwordless_send(self, body: Mapping[str, Any]) -> Any:
        """Send a link to log in by, if the address belongs to an account."""
        return self.call("POST", "/auth/passwordless/send", body=body)

    def post_auth_passwordless_verify(self, body: Mapping[str, Any] | None = None) -> Any:
        """Log in by a link, or by the code that it showed."""
        return self.call("POST", "/auth/passwordless/verify", body=body or {})

    def post_auth_register(self, body: Mapping[str, Any]) -> Any:
        """Make an account."""
        return self.call("POST", "/auth/register", body=body)

    def post_auth_webauthn_register_begin(self, body: Mapping[str, Any] | None = None) -> Any:
        """Begin to register a passkey."""
        return self.call("POST", "/auth/webauthn/register/begin", body=body or {})

    def post_auth_webauthn_register_complete(self, body: Mapping[str, Any]) -> Any:
        """Keep the passkey that the browser made."""
        return self.call("POST", "/auth/webauthn/register/complete", body=body)

    def get_auth_webauthn_credentials(self) -> Any:
        """List the passkeys of the caller's account."""
        return self.call("GET", "/auth/webauthn/credentials")

    def put_auth_webauthn_credentials_key(self, key: str, body: Mapping[str, Any]) -> Any:
        """Call a passkey otherwise."""
        return self.call("PUT", f"/auth/webauthn/credentials/{_part(key)}", body=body)

    def delete_auth_webauthn_credentials_key(self, key: str) -> Any:
        """Remove a passkey; no device is trusted any more."""
        return self.call("DELETE", f"/auth/webauthn/credentials/{_part(key)}")

    def post_auth_webauthn_authenticate_begin(self, body: Mapping[str, Any] | None = None) -> Any:
        """Begin to log in by a passkey, alone or as second factor."""
        return self.call("POST", "/auth/webauthn/authenticate/begin", body=body or {})

    def post_auth_webauthn_authenticate_complete(self, body: Mapping[str, Any]) -> Any:
        """Log in by the passkey that answered."""
        return self.call("POST", "/auth/webauthn/authenticate/complete", body=body)

    def get_users(
        self,
        *,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
        status: Any = None,
        username: Any = None,
        email: Any = None,
        role: Any = None,
        q: Any = None,
    ) -> Any:
        """A page of the tenant's accounts; the latest first unless asked otherwise."""
        return self.call(
            "GET",
            "/users",
            query={
                "limit": limit,
                "cursor": cursor,
                "sort": sort,
                "status": status,
                "username": username,
                "email": email,
                "role": role,
                "q": q,
            },
        )

    def post_users(self, body: Mapping[str, Any] | None = None) -> Any:
        """Make an account; without a password its person is asked for one by mail."""
        return self.call("POST", "/users", body=body or {})

    def get_users_user_id(self, user_id: str) -> Any:
        """One account."""
        return self.call("GET", f"/users/{_part(user_id)}")

    def put_users_user_id(self, user_id: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change an account; what is left out stays."""
        return self.call("PUT", f"/users/{_part(user_id)}", body=body or {})

    def delete_users_user_id(self, user_id: str) -> Any:
        """Delete an account with its sessions, tokens and keys; it can be restored for a while."""
        return self.call("DELETE", f"/users/{_part(user_id)}")

    def post_users_user_id_restore(self, user_id: str) -> Any:
        """Give a deleted account back."""
        return self.call("POST", f"/users/{_part(user_id)}/restore")

    def post_users_user_id_activate(self, user_id: str) -> Any:
        """Let somebody in who was shut out, or whose address waits to be verified."""
        return self.call("POST", f"/users/{_part(user_id)}/activate")

    def post_users_user_id_deactivate(self, user_id: str) -> Any:
        """Shut somebody out; their sessions and tokens end at once."""
        return self.call("POST", f"/users/{_part(user_id)}/deactivate")

    def post_users_user_id_unlock(self, user_id: str) -> Any:
        """Open an account that failed attempts have locked."""
        return self.call("POST", f"/users/{_part(user_id)}/unlock")

    def post_users_user_id_password_reset(self, user_id: str) -> Any:
        """Send a link with which the person sets another password."""
        return self.call("POST", f"/users/{_part(user_id)}/password-reset")

    def delete_users_user_id_sessions(self, user_id: str) -> Any:
        """Log somebody out everywhere."""
        return self.call("DELETE", f"/users/{_part(user_id)}/sessions")

    def delete_users_user_id_mfa(self, user_id: str) -> Any:
        """Take all second factors from somebody who lost them; they get a letter."""
        return self.call("DELETE", f"/users/{_part(user_id)}/mfa")

    def post_users_me_password(self, body: Mapping[str, Any]) -> Any:
        """Set another password; all sessions and tokens end, the caller's too."""
        return self.call("POST", "/users/me/password", body=body)

    def get_users_me(self) -> Any:
        """Show the caller's own account."""
        return self.call("GET", "/users/me")

    def put_users_me(self, body: Mapping[str, Any] | None = None) -> Any:
        """Change what the caller says of themselves; what is left out stays."""
        return self.call("PUT", "/users/me", body=body or {})

    def delete_users_me(self, body: Mapping[str, Any]) -> Any:
        """Delete the caller's account; sessions, tokens and keys end at once."""
        return self.call("DELETE", "/users/me", body=body)

    def get_users_me_sessions(self) -> Any:
        """List where the caller is logged in."""
        return self.call("GET", "/users/me/sessions")

    def delete_users_me_sessions(self) -> Any:
        """Log out everywhere else."""
        return self.call("DELETE", "/users/me/sessions")

    def delete_users_me_sessions_session_id(self, session_id: str) -> Any:
        """Log out in one place."""
        return self.call("DELETE", f"/users/me/sessions/{_part(session_id)}")

    def post_auth_profile_change_email(self, body: Mapping[str, Any]) -> Any:
        """Send a link to a new address; the account has it once the link was used."""
        return self.call("POST", "/auth/profile/change-email", body=body)

    def post_auth_password(self, body: Mapping[str, Any]) -> Any:
        """Set another password; all sessions and tokens end, the caller's too."""
        return self.call("POST", "/auth/password", body=body)

    def get_auth_profile_me(self) -> Any:
        """Show the caller's own account."""
        return self.call("GET", "/auth/profile/me")

    def put_auth_profile_me(self, body: Mapping[str, Any] | None = None) -> Any:
        """Change what the caller says of themselves; what is left out stays."""
        return self.call("PUT", "/auth/profile/me", body=body or {})

    def delete_auth_profile_me(self, body: Mapping[str, Any]) -> Any:
        """Delete the caller's account; sessions, tokens and keys end at once."""
        return self.call("DELETE", "/auth/profile/me", body=body)

    def get_auth_me(self) -> Any:
        """Show the caller's own account."""
        return self.call("GET", "/auth/me")

    def get_auth_sessions(self) -> Any:
        """List where the caller is logged in."""
        return self.call("GET", "/auth/sessions")

    def delete_auth_sessions_all(self) -> Any:
        """Log out everywhere, here too."""
        return self.call("DELETE", "/auth/sessions/all")

    def delete_auth_sessions_session_id(self, session_id: str) -> Any:
        """Log out in one place."""
        return self.call("DELETE", f"/auth/sessions/{_part(session_id)}")

    def get_sessions(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, account_id: Any = None
    ) -> Any:
        """A page of sessions, standing or ended; the latest first unless asked otherwise."""
        return self.call(
            "GET",
            "/sessions",
            query={"limit": limit, "cursor": cursor, "sort": sort, "account_id": account_id},
        )

    def get_sessions_session_id(self, session_id: str) -> Any:
        """One session with its clients and what they were told of its end."""
        return self.call("GET", f"/sessions/{_part(session_id)}")

    def delete_sessions_session_id(self, session_id: str) -> Any:
        """End a session: its tokens end too, and its clients are told. Twice is as good as once."""
        return self.call("DELETE", f"/sessions/{_part(session_id)}")

    def get_oauth_clients(
        self,
        *,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
        status: Any = None,
        q: Any = None,
    ) -> Any:
        """A page of clients, by client_id unless asked otherwise."""
        return self.call(
            "GET",
            "/oauth/clients",
            query={"limit": limit, "cursor": cursor, "sort": sort, "status": status, "q": q},
        )

    def post_oauth_clients(self, body: Mapping[str, Any]) -> Any:
        """Register a client; its secret is in this answer only."""
        return self.call("POST", "/oauth/clients", body=body)

    def get_oauth_clients_client_id(self, client_id: str) -> Any:
        """One client."""
        return self.call("GET", f"/oauth/clients/{_part(client_id)}")

    def put_oauth_clients_client_id(self, client_id: str, body: Mapping[str, Any]) -> Any:
        """All metadata anew; what is left out has its default. Secrets and status stay."""
        return self.call("PUT", f"/oauth/clients/{_part(client_id)}", body=body)

    def patch_oauth_clients_client_id(self, client_id: str, body: Mapping[str, Any]) -> Any:
        """Some members anew; null takes one away (RFC 7396)."""
        return self.call("PATCH", f"/oauth/clients/{_part(client_id)}", body=body)

    def delete_oauth_clients_client_id(self, client_id: str) -> Any:
        """The client with its consents, grants and tokens."""
        return self.call("DELETE", f"/oauth/clients/{_part(client_id)}")

    def post_oauth_clients_client_id_rotate_secret(
        self, client_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """A new secret, in this answer only; the present one is good for the overlap."""
        return self.call(
            "POST", f"/oauth/clients/{_part(client_id)}/rotate-secret", body=body or {}
        )

    def get_blocks(
        self,
        *,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
        kind: Any = None,
        value: Any = None,
    ) -> Any:
        """A page of blocks; the latest first unless asked otherwise."""
        return self.call(
            "GET",
            "/blocks",
            query={"limit": limit, "cursor": cursor, "sort": sort, "kind": kind, "value": value},
        )

    def post_blocks(self, body: Mapping[str, Any]) -> Any:
        """Shut an address or network, an account or a client out; what it has ends at once."""
        return self.call("POST", "/blocks", body=body)

    def get_blocks_locks(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, account_id: Any = None
    ) -> Any:
        """A page of the addresses and accounts that failed attempts have locked."""
        return self.call(
            "GET",
            "/blocks/locks",
            query={"limit": limit, "cursor": cursor, "sort": sort, "account_id": account_id},
        )

    def post_blocks_locks_unlock(self, body: Mapping[str, Any]) -> Any:
        """Let an address try again; accounts are unlocked by `POST /users/{id}/unlock`."""
        return self.call("POST", "/blocks/locks/unlock", body=body)

    def get_blocks_block_id(self, block_id: str) -> Any:
        """One block."""
        return self.call("GET", f"/blocks/{_part(block_id)}")

    def delete_blocks_block_id(self, block_id: str) -> Any:
        """Lift a block; what it has ended stays ended."""
        return self.call("DELETE", f"/blocks/{_part(block_id)}")

    def get_invitations(self, *, limit: Any = None, cursor: Any = None, sort: Any = None) -> Any:
        """A page of invitations, the latest first unless asked otherwise."""
        return self.call(
            "GET", "/invitations", query={"limit": limit, "cursor": cursor, "sort": sort}
        )

    def post_invitations(self, body: Mapping[str, Any]) -> Any:
        """Write to an address; an open invitation of the same address works no more."""
        return self.call("POST", "/invitations", body=body)

    def get_invitations_invitation_id(self, invitation_id: str) -> Any:
        """One invitation, whatever became of it."""
        return self.call("GET", f"/invitations/{_part(invitation_id)}")

    def delete_invitations_invitation_id(self, invitation_id: str) -> Any:
        """Take an open one back."""
        return self.call("DELETE", f"/invitations/{_part(invitation_id)}")

    def post_invitations_invitation_id_resend(self, invitation_id: str) -> Any:
        """Write once more, with another link; the one before works no more."""
        return self.call("POST", f"/invitations/{_part(invitation_id)}/resend")

    def post_invitations_accept(self, body: Mapping[str, Any]) -> Any:
        """Make the account that the letter is about; it can be used at once."""
        return self.call("POST", "/invitations/accept", body=body)

    def get_domains(self, *, limit: Any = None, cursor: Any = None, sort: Any = None) -> Any:
        """A page of domains by name."""
        return self.call("GET", "/domains", query={"limit": limit, "cursor": cursor, "sort": sort})

    def post_domains(self, body: Mapping[str, Any]) -> Any:
        """Name a domain; it has no effect until it was verified."""
        return self.call("POST", "/domains", body=body)

    def get_domains_domain_id(self, domain_id: str) -> Any:
        """One domain."""
        return self.call("GET", f"/domains/{_part(domain_id)}")

    def delete_domains_domain_id(self, domain_id: str) -> Any:
        """Forget a domain."""
        return self.call("DELETE", f"/domains/{_part(domain_id)}")

    def post_domains_domain_id_verify(self, domain_id: str) -> Any:
        """Look for the record at `challenge_name`, then for the file at `challenge_url`."""
        return self.call("POST", f"/domains/{_part(domain_id)}/verify")

    def get_keys(self, *, state: Any = None, alg: Any = None) -> Any:
        """All keys with their states, and what the calendar will do with them."""
        return self.call("GET", "/keys", query={"state": state, "alg": alg})

    def get_keys_kid(self, kid: str) -> Any:
        """One key."""
        return self.call("GET", f"/keys/{_part(kid)}")

    def post_keys_rotate(self, body: Mapping[str, Any] | None = None) -> Any:
        """Let the next keys take over; the earlier ones stay published until their tokens expire."""
        return self.call("POST", "/keys/rotate", body=body or {})

    def post_keys_kid_revoke(self, kid: str) -> Any:
        """Take a key away that others know: nothing that it signed is believed any more."""
        return self.call("POST", f"/keys/{_part(kid)}/revoke")

    def get_scopes(self) -> Any:
        """The tenant's own scopes; those of OpenID Connect are always there."""
        return self.call("GET", "/scopes")

    def post_scopes(self, body: Mapping[str, Any]) -> Any:
        """Define a scope."""
        return self.call("POST", "/scopes", body=body)

    def get_scopes_name(self, name: str) -> Any:
        """One scope."""
        return self.call("GET", f"/scopes/{_part(name)}")

    def put_scopes_name(self, name: str, body: Mapping[str, Any]) -> Any:
        """Describe a scope anew."""
        return self.call("PUT", f"/scopes/{_part(name)}", body=body)

    def delete_scopes_name(self, name: str) -> Any:
        """Delete a scope that no client and no resource has."""
        return self.call("DELETE", f"/scopes/{_part(name)}")

    def get_oauth_resources(self, *, identifier: Any = None) -> Any:
        """The resources, or the one of that URI."""
        return self.call("GET", "/oauth/resources", query={"identifier": identifier})

    def post_oauth_resources(self, body: Mapping[str, Any]) -> Any:
        """Register a resource."""
        return self.call("POST", "/oauth/resources", body=body)

    def put_oauth_resources(self, body: Mapping[str, Any]) -> Any:
        """All members anew; what is left out has its default."""
        return self.call("PUT", "/oauth/resources", body=body)

    def delete_oauth_resources(self, *, identifier: Any = None) -> Any:
        """Delete a resource that no client is restricted to."""
        return self.call("DELETE", "/oauth/resources", query={"identifier": identifier})

    def get_webhook_endpoints_endpoint_id_deliveries(
        self,
        endpoint_id: str,
        *,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
        status: Any = None,
    ) -> Any:
        """A page of the log of the last 30 days, the latest first unless asked otherwise."""
        return self.call(
            "GET",
            f"/webhook-endpoints/{_part(endpoint_id)}/deliveries",
            query={"limit": limit, "cursor": cursor, "sort": sort, "status": status},
        )

    def get_webhook_endpoints_endpoint_id_deliveries_delivery_id(
        self, endpoint_id: str, delivery_id: str
    ) -> Any:
        """One delivery with the message."""
        return self.call(
            "GET", f"/webhook-endpoints/{_part(endpoint_id)}/deliveries/{_part(delivery_id)}"
        )

    def post_webhook_endpoints_endpoint_id_deliveries_delivery_id_replay(
        self, endpoint_id: str, delivery_id: str
    ) -> Any:
        """Send one again that was delivered or given up; its receiver knows it by its id."""
        return self.call(
            "POST",
            f"/webhook-endpoints/{_part(endpoint_id)}/deliveries/{_part(delivery_id)}/replay",
        )

    def get_webhook_endpoints(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None
    ) -> Any:
        """A page of endpoints by name."""
        return self.call(
            "GET", "/webhook-endpoints", query={"limit": limit, "cursor": cursor, "sort": sort}
        )

    def post_webhook_endpoints(self, body: Mapping[str, Any]) -> Any:
        """Make an endpoint; its secret is in this answer only."""
        return self.call("POST", "/webhook-endpoints", body=body)

    def get_webhook_endpoints_event_types(self) -> Any:
        """List the types of events that may be sent, and what each says."""
        return self.call("GET", "/webhook-endpoints/event-types")

    def get_webhook_endpoints_endpoint_id(self, endpoint_id: str) -> Any:
        """One endpoint."""
        return self.call("GET", f"/webhook-endpoints/{_part(endpoint_id)}")

    def put_webhook_endpoints_endpoint_id(
        self, endpoint_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Change an endpoint; what is left out stays. Enabled again, it gets events from now on."""
        return self.call("PUT", f"/webhook-endpoints/{_part(endpoint_id)}", body=body or {})

    def delete_webhook_endpoints_endpoint_id(self, endpoint_id: str) -> Any:
        """Delete an endpoint with its log."""
        return self.call("DELETE", f"/webhook-endpoints/{_part(endpoint_id)}")

    def post_webhook_endpoints_endpoint_id_rotate_secret(
        self, endpoint_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """A new secret, in this answer only; messages are signed by both for the overlap."""
        return self.call(
            "POST", f"/webhook-endpoints/{_part(endpoint_id)}/rotate-secret", body=body or {}
        )

    def post_webhook_endpoints_endpoint_id_test(self, endpoint_id: str) -> Any:
        """Send a message of the type `webhook.test`; the log says what became of it."""
        return self.call("POST", f"/webhook-endpoints/{_part(endpoint_id)}/test")

    def get_admin_audit(
        self,
        *,
        type_: Any = None,
        account_id: Any = None,
        client_id: Any = None,
        session_id: Any = None,
        actor: Any = None,
        address: Any = None,
        request_id: Any = None,
        since: Any = None,
        until: Any = None,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
    ) -> Any:
        """A page of the tenant's events, the latest first unless asked otherwise."""
        return self.call(
            "GET",
            "/admin/audit",
            query={
                "type": type_,
                "account_id": account_id,
                "client_id": client_id,
                "session_id": session_id,
                "actor": actor,
                "address": address,
                "request_id": request_id,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "sort": sort,
            },
        )

    def get_admin_audit_security(
        self,
        *,
        type_: Any = None,
        account_id: Any = None,
        client_id: Any = None,
        session_id: Any = None,
        actor: Any = None,
        address: Any = None,
        request_id: Any = None,
        since: Any = None,
        until: Any = None,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
    ) -> Any:
        """The same of security-critical events: failures, locks, and changes of what protects."""
        return self.call(
            "GET",
            "/admin/audit/security",
            query={
                "type": type_,
                "account_id": account_id,
                "client_id": client_id,
                "session_id": session_id,
                "actor": actor,
                "address": address,
                "request_id": request_id,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "sort": sort,
            },
        )

    def get_admin_audit_export(
        self,
        *,
        type_: Any = None,
        account_id: Any = None,
        client_id: Any = None,
        session_id: Any = None,
        actor: Any = None,
        address: Any = None,
        request_id: Any = None,
        since: Any = None,
        until: Any = None,
        format_: Any = None,
        security: Any = None,
    ) -> Any:
        """All events that fit, the oldest first, as JSON Lines or CSV; the export is an event too."""
        return self.call(
            "GET",
            "/admin/audit/export",
            query={
                "type": type_,
                "account_id": account_id,
                "client_id": client_id,
                "session_id": session_id,
                "actor": actor,
                "address": address,
                "request_id": request_id,
                "since": since,
                "until": until,
                "format": format_,
                "security": security,
            },
        )

    def get_integrations(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, type_: Any = None
    ) -> Any:
        """A page of integrations by name; of one type if asked."""
        return self.call(
            "GET",
            "/integrations",
            query={"limit": limit, "cursor": cursor, "sort": sort, "type": type_},
        )

    def post_integrations(self, body: Mapping[str, Any]) -> Any:
        """Make an integration; its key and its secret are in this answer only."""
        return self.call("POST", "/integrations", body=body)

    def get_integrations_integration_id(self, integration_id: str) -> Any:
        """One integration."""
        return self.call("GET", f"/integrations/{_part(integration_id)}")

    def put_integrations_integration_id(
        self, integration_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Change an integration; what is left out stays. Its type stays."""
        return self.call("PUT", f"/integrations/{_part(integration_id)}", body=body or {})

    def delete_integrations_integration_id(self, integration_id: str) -> Any:
        """Delete an integration with its messages; its key ends at once."""
        return self.call("DELETE", f"/integrations/{_part(integration_id)}")

    def post_integrations_integration_id_regenerate_secret(
        self, integration_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Another key and secret, in this answer only; those before are good for the overlap."""
        return self.call(
            "POST", f"/integrations/{_part(integration_id)}/regenerate-secret", body=body or {}
        )

    def get_integrations_integration_id_events(
        self, integration_id: str, *, limit: Any = None, cursor: Any = None, sort: Any = None
    ) -> Any:
        """A page of what the integration has sent in the last 30 days, the latest first."""
        return self.call(
            "GET",
            f"/integrations/{_part(integration_id)}/events",
            query={"limit": limit, "cursor": cursor, "sort": sort},
        )

    def post_webhooks_integration_type(self, integration_type: str) -> Any:
        """Take a message, once: 202, or 200 if it was taken before."""
        return self.call("POST", f"/webhooks/{_part(integration_type)}")

    def get_companies(
        self,
        *,
        limit: Any = None,
        cursor: Any = None,
        sort: Any = None,
        status: Any = None,
        q: Any = None,
    ) -> Any:
        """A page of tenants by slug, unless asked otherwise."""
        return self.call(
            "GET",
            "/companies",
            query={"limit": limit, "cursor": cursor, "sort": sort, "status": status, "q": q},
        )

    def post_companies(self, body: Mapping[str, Any]) -> Any:
        """Make a tenant with keys of its own, and invite its first administrator."""
        return self.call("POST", "/companies", body=body)

    def get_companies_company_id(self, company_id: str) -> Any:
        """One tenant with its policy."""
        return self.call("GET", f"/companies/{_part(company_id)}")

    def put_companies_company_id(
        self, company_id: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Change name and policy; what is left out stays."""
        return self.call("PUT", f"/companies/{_part(company_id)}", body=body or {})

    def delete_companies_company_id(self, company_id: str) -> Any:
        """End a tenant: refused at once, and erased soon after but for its audit log."""
        return self.call("DELETE", f"/companies/{_part(company_id)}")

    def post_companies_company_id_suspend(self, company_id: str) -> Any:
        """Refuse all that is asked of a tenant, and end its sessions and tokens for good."""
        return self.call("POST", f"/companies/{_part(company_id)}/suspend")

    def post_companies_company_id_activate(self, company_id: str) -> Any:
        """Serve a suspended tenant again; its people and clients log in anew."""
        return self.call("POST", f"/companies/{_part(company_id)}/activate")

    def put_companies_company_id_host(self, company_id: str, body: Mapping[str, Any]) -> Any:
        """Give a tenant a host of its own, which is its issuer then, or take it back."""
        return self.call("PUT", f"/companies/{_part(company_id)}/host", body=body)

    def get_roles(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, q: Any = None
    ) -> Any:
        """A page of the tenant's roles by name."""
        return self.call(
            "GET", "/roles", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}
        )

    def post_roles(self, body: Mapping[str, Any]) -> Any:
        """Make a role that holds at most what the caller does."""
        return self.call("POST", "/roles", body=body)

    def get_roles_role_id(self, role_id: str) -> Any:
        """One role."""
        return self.call("GET", f"/roles/{_part(role_id)}")

    def put_roles_role_id(self, role_id: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change a role whose permissions the caller holds, before and after."""
        return self.call("PUT", f"/roles/{_part(role_id)}", body=body or {})

    def delete_roles_role_id(self, role_id: str) -> Any:
        """Delete a role that nobody has."""
        return self.call("DELETE", f"/roles/{_part(role_id)}")

    def post_roles_role_id_permissions_permission_id(self, role_id: str, permission_id: str) -> Any:
        """Give a role one more permission."""
        return self.call("POST", f"/roles/{_part(role_id)}/permissions/{_part(permission_id)}")

    def delete_roles_role_id_permissions_permission_id(
        self, role_id: str, permission_id: str
    ) -> Any:
        """Take a permission from a role."""
        return self.call("DELETE", f"/roles/{_part(role_id)}/permissions/{_part(permission_id)}")

    def get_permissions(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, resource_type: Any = None
    ) -> Any:
        """A page of the tenant's permissions by resource type and action."""
        return self.call(
            "GET",
            "/permissions",
            query={"limit": limit, "cursor": cursor, "sort": sort, "resource_type": resource_type},
        )

    def post_permissions(self, body: Mapping[str, Any]) -> Any:
        """Define a permission of a resource type that there is."""
        return self.call("POST", "/permissions", body=body)

    def get_permissions_permission_id(self, permission_id: str) -> Any:
        """One permission."""
        return self.call("GET", f"/permissions/{_part(permission_id)}")

    def put_permissions_permission_id(self, permission_id: str, body: Mapping[str, Any]) -> Any:
        """Describe a permission anew; what it allows stays."""
        return self.call("PUT", f"/permissions/{_part(permission_id)}", body=body)

    def delete_permissions_permission_id(self, permission_id: str) -> Any:
        """Delete a permission; roles lose it."""
        return self.call("DELETE", f"/permissions/{_part(permission_id)}")

    def get_resources(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, q: Any = None
    ) -> Any:
        """A page of the tenant's resource types by name."""
        return self.call(
            "GET", "/resources", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}
        )

    def post_resources(self, body: Mapping[str, Any]) -> Any:
        """Make a resource type with the permissions create, read, update, delete and manage."""
        return self.call("POST", "/resources", body=body)

    def get_resources_resource_id(self, resource_id: str) -> Any:
        """One resource type."""
        return self.call("GET", f"/resources/{_part(resource_id)}")

    def put_resources_resource_id(self, resource_id: str, body: Mapping[str, Any]) -> Any:
        """Describe a resource type anew."""
        return self.call("PUT", f"/resources/{_part(resource_id)}", body=body)

    def delete_resources_resource_id(self, resource_id: str) -> Any:
        """Delete a resource type with its permissions."""
        return self.call("DELETE", f"/resources/{_part(resource_id)}")

    def get_groups(
        self, *, limit: Any = None, cursor: Any = None, sort: Any = None, q: Any = None
    ) -> Any:
        """A page of the tenant's groups by name."""
        return self.call(
            "GET", "/groups", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}
        )

    def post_groups(self, body: Mapping[str, Any]) -> Any:
        """Make a group; its roles hold at most what the caller does."""
        return self.call("POST", "/groups", body=body)

    def get_groups_group_id(self, group_id: str) -> Any:
        """One group."""
        return self.call("GET", f"/groups/{_part(group_id)}")

    def put_groups_group_id(self, group_id: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change a group whose roles the caller holds, before and after."""
        return self.call("PUT", f"/groups/{_part(group_id)}", body=body or {})

    def delete_groups_group_id(self, group_id: str) -> Any:
        """Delete a group; its members lose what came with it."""
        return self.call("DELETE", f"/groups/{_part(group_id)}")

    def post_groups_group_id_members_account_id(self, group_id: str, account_id: str) -> Any:
        """Let an account belong to a group."""
        return self.call("POST", f"/groups/{_part(group_id)}/members/{_part(account_id)}")

    def delete_groups_group_id_members_account_id(self, group_id: str, account_id: str) -> Any:
        """Let it belong no longer; if roles came with it, its sessions end."""
        return self.call("DELETE", f"/groups/{_part(group_id)}/members/{_part(account_id)}")

    def post_auth_permissions(self, body: Mapping[str, Any]) -> Any:
        """Give an account what the caller holds too."""
        return self.call("POST", "/auth/permissions", body=body)

    def get_auth_permissions_user_user_id(self, user_id: str) -> Any:
        """The grants of an account, for itself and for administrators."""
        return self.call("GET", f"/auth/permissions/user/{_part(user_id)}")

    def delete_auth_permissions_permission_id(self, permission_id: str) -> Any:
        """Take a grant away."""
        return self.call("DELETE", f"/auth/permissions/{_part(permission_id)}")

    def post_access_evaluation(self, body: Mapping[str, Any]) -> Any:
        """Whether an account may do this; about others only administrators may ask."""
        return self.call("POST", "/access/evaluation", body=body)

    def post_access_v1_evaluation(self, body: Mapping[str, Any]) -> Any:
        """Whether an account may do this; about others only administrators may ask."""
        return self.call("POST", "/access/v1/evaluation", body=body)

    def get_well_known_authzen_configuration(self) -> Any:
        """What the decision point offers, and where."""
        return self.call("GET", "/.well-known/authzen-configuration")

    def token(self, form: Mapping[str, Any]) -> Any:
        """Issue tokens for a grant (RFC 6749 section 3.2)."""
        return self.call("POST", "/oauth/token", form=form)

    def introspect(self, form: Mapping[str, Any]) -> Any:
        """Tell whether a token stands, and what it says (RFC 7662)."""
        return self.call("POST", "/oauth/introspect", form=form)

    def revoke(self, form: Mapping[str, Any]) -> Any:
        """End a token (RFC 7009)."""
        return self.call("POST", "/oauth/revoke", form=form)

    def userinfo(self) -> Any:
        """Claims about the person of a token (OpenID Connect Core section 5.3)."""
        return self.call("GET", "/oauth/userinfo")

    def register_client(self, body: Mapping[str, Any]) -> Any:
        """Register a client by itself, where the tenant allows it (RFC 7591)."""
        return self.call("POST", "/oauth/register", body=body)

    def openid_configuration(self) -> Any:
        """Metadata (OpenID Connect Discovery)."""
        return self.call("GET", "/.well-known/openid-configuration")

    def server_metadata(self) -> Any:
        """Metadata (RFC 8414)."""
        return self.call("GET", "/.well-known/oauth-authorization-server")

    def jwks(self) -> Any:
        """Public keys that tokens are signed with (RFC 7517)."""
        return self.call("GET", "/.well-known/jwks.json")

    def health(self) -> Any:
        """Whether the server can do its work."""
        return self.call("GET", "/health")


def _part(value: str) -> str:
    """A value as one part of a path."""
    return quote(value, safe="")
