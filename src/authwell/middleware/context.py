"""What a view asks for: the site that serves it, its tenant's server, and who is logged in.

`create_app` builds one `Site` for a process. Everything of one request is made at most once
and kept in `flask.g`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from typing import TypeVar

from flask import Response, current_app, g, request

from authwell.config.settings import Settings
from authwell.identity.administration.first import FirstAdministrator
from authwell.identity.administration.users import Users
from authwell.identity.clients.keys import FetchedKeys
from authwell.identity.clients.request_objects import FetchedRequestObjects
from authwell.identity.clients.secrets import ClientSecrets
from authwell.identity.domains.service import TenantDomains
from authwell.identity.factors.second_factors import SecondFactors
from authwell.identity.integrations.receiving import Receiver
from authwell.identity.integrations.service import Integrations
from authwell.identity.invitations.acceptance import Acceptance
from authwell.identity.invitations.service import Invitations
from authwell.identity.login.entrance import Entrance
from authwell.identity.login.guard import Guard
from authwell.identity.login.magic_links import MagicLinks
from authwell.identity.login.password import Login
from authwell.identity.login.unlocking import Unlocking
from authwell.identity.mail.letters import Letters
from authwell.identity.mail.limits import MailLimits
from authwell.identity.passkeys.service import Passkeys
from authwell.identity.passwords.change import PasswordChange
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.people.api_keys import ApiKeys
from authwell.identity.people.deletion import AccountDeletion
from authwell.identity.people.email_change import EmailChange
from authwell.identity.people.enrolment import Enrolment
from authwell.identity.people.privacy import Privacy
from authwell.identity.people.recovery import Recovery
from authwell.identity.people.verification import Verification
from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.own import OwnSessions
from authwell.identity.sessions.service import Sessions
from authwell.identity.webhooks.service import Webhooks
from authwell.middleware import devices
from authwell.middleware.calls import caller_of, snapshots_of
from authwell.protocol import session_state
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.errors import OAuthError, UnsafeRedirect
from authwell.protocol.model import Session
from authwell.protocol.ports import Store
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.clients.origins import PublicOrigins
from authwell.storage.database import Database
from authwell.storage.registry import Registry
from authwell.storage.snapshots import Snapshots
from authwell.utils.clock import Clock
from authwell.utils.fetches import Fetches
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import Sealer

EXTENSION = "authwell"
PASSWORD_PAGE = "/account/security/password"
OPEN_BEFORE_THE_CHANGE = frozenset({PASSWORD_PAGE, "/oauth/logout", "/oauth/logout/confirm"})
"""Where the session of somebody counts who still has the password of the settings (K16)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """The services of one process."""

    settings: Settings
    clock: Clock
    database: Database
    tenants: Registry
    sealer: Sealer
    letters: Letters
    fetches: Fetches
    """What requests wait for."""
    outgoing: Outgoing
    """What leaves the house by itself."""
    outbox_bell: Event
    """Rung when something was put into the outbox, so that it need not be looked for."""

    # What the engine works on, and clients.
    store: Store
    secrets: ClientSecrets
    client_keys: FetchedKeys
    request_objects: FetchedRequestObjects
    public_origins: PublicOrigins

    # From a door to a session.
    guard: Guard
    passwords: Passwords
    login: Login
    unlocking: Unlocking
    magic_links: MagicLinks
    passkeys: Passkeys
    second_factors: SecondFactors
    entrance: Entrance
    sessions: Sessions
    own_sessions: OwnSessions
    devices: Devices

    # People and their accounts.
    mail_limits: MailLimits
    enrolment: Enrolment
    verification: Verification
    recovery: Recovery
    email_change: EmailChange
    password_change: PasswordChange
    account_deletion: AccountDeletion
    privacy: Privacy
    api_keys: ApiKeys
    users: Users
    first_administrator: FirstAdministrator

    # What tenants have.
    invitations: Invitations
    acceptance: Acceptance
    domains: TenantDomains
    webhooks: Webhooks
    integrations: Integrations
    receiver: Receiver

    @property
    def snapshots(self) -> Snapshots:
        """Those of the default tenant."""
        return self.tenants.root

    def server(
        self, now: datetime, who: Caller, snapshots: Snapshots | None = None
    ) -> AuthorizationServer:
        """The server of a tenant, the default one if none is given, as it is at `now`."""
        snapshots = snapshots or self.tenants.root
        tenant, clients = snapshots.current()
        return AuthorizationServer(
            tenant=tenant,
            clients=clients,
            store=self.store,
            secrets=self.secrets,
            client_keys=self.client_keys,
            request_objects=self.request_objects,
            people=self.login.people(tenant, now, who),
            configuration=snapshots,
            now=now,
            caller=who,
        )

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the issuer by https."""
        return self.settings.issuer.startswith("https://")


def site() -> Site:
    """The site that serves this request."""
    found: Site = current_app.extensions[EXTENSION]
    return found


def caller() -> Caller:
    """Who sent the request, as far as the proxies vouch for it."""
    return caller_of(request.environ)


def authorization_server() -> AuthorizationServer:
    """The server of this request's tenant, with one `now` for all of the request."""
    server: AuthorizationServer | None = g.get("authorization_server")
    if server is None:
        here = site()
        server = here.server(here.clock(), caller(), snapshots_of(request.environ))
        device = devices.present_or_new(_cookie_base(server))
        who = replace(server.caller, device=device)
        server = g.authorization_server = replace(server, caller=who)
    return server


def with_fresh_configuration(call: Callable[[AuthorizationServer], T]) -> T:
    """Call the engine; where it refuses for something configured, once more on a newer snapshot.

    So that a refusal never rests on a stale snapshot (docs/architecture.md, Snapshots).
    """
    server = authorization_server()
    try:
        return call(server)
    except (OAuthError, RefusedRequest, UnsafeRedirect) as error:
        newer = newer_server(server, error)
        if newer is None:
            raise
        g.authorization_server = newer
        return call(newer)


def newer_server(
    server: AuthorizationServer, error: OAuthError | RefusedRequest | UnsafeRedirect
) -> AuthorizationServer | None:
    """The server on a newer snapshot, if one could turn the refusal into an answer."""
    cause = error.error if isinstance(error, RefusedRequest) else error
    if isinstance(cause, OAuthError) and not cause.may_be_stale:
        return None
    return server.newer()


def session_cookie_name() -> str:
    """`__Host-` where the browser allows it."""
    return _cookie_base(authorization_server())


def _cookie_base(server: AuthorizationServer) -> str:
    name = f"aw-{server.tenant.slug}"
    return f"__Host-{name}" if site().is_secure else name


def current_session() -> Session | None:
    """The session of the browser's cookie, if it stands."""
    if "current_session" not in g:
        server = authorization_server()
        cookies = request.cookies.getlist(session_cookie_name())
        # A second one was tossed in by somebody else, and nothing tells which.
        cookie = cookies[0] if len(cookies) == 1 else None
        session = site().sessions.find(server.tenant.id, cookie, server.now) if cookie else None
        g.owes_password = session is not None and site().first_administrator.must_change(
            server, session.account
        )
        is_good = not g.owes_password or request.path in OPEN_BEFORE_THE_CHANGE
        g.current_session = session if is_good else None
    found: Session | None = g.current_session
    return found


def owes_password() -> bool:
    """Whether somebody is logged in who must change the password before anything else."""
    current_session()
    return bool(g.owes_password)


def set_session_cookie(response: Response, value: str) -> None:
    """Send the cookie of a new session; it ends with the browser, the session by itself.

    With it goes the one by which the browser will be known, which the login has recorded.
    """
    device = authorization_server().caller.device
    if device is not None:
        devices.send(response, session_cookie_name(), device, is_secure=site().is_secure)
    response.set_cookie(
        session_cookie_name(),
        value,
        secure=site().is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_session_cookie(response: Response) -> None:
    """Make the browser forget its session, and what was kept of its pages (THREATS.md SE-10)."""
    # Not "cookies": that would reach every host below the registrable domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(
        session_cookie_name(),
        secure=site().is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def browser_state_cookie_name() -> str:
    """That of the cookie which our frame in clients' pages reads (Session Management 1.0)."""
    return f"{session_cookie_name()}-state"


def set_browser_state(response: Response, session: Session | None) -> None:
    """Let the browser keep who is logged in, as a hash, where any client can ask for that.

    The one cookie that a script may read and that is sent in frames of other sites; it proves
    nothing.
    """
    if session_state.is_offered(authorization_server().tenant):
        is_secure = site().is_secure
        response.set_cookie(
            browser_state_cookie_name(),
            session_state.browser_state(session),
            secure=is_secure,
            # Browsers refuse None without Secure.
            samesite="None" if is_secure else "Lax",
            path="/",
        )


def keep_browser_state(response: Response, session: Session | None) -> None:
    """The same with a response that tells the state, if the browser has lost it."""
    if not session_state.is_offered(authorization_server().tenant):
        return
    present = request.cookies.get(browser_state_cookie_name())
    if present != session_state.browser_state(session):
        set_browser_state(response, session)
