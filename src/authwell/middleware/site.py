"""Making the services of one process from its settings."""

from contextlib import suppress
from threading import Event

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
from authwell.identity.login.suspicion.logins import Suspicion
from authwell.identity.login.unlocking import Unlocking
from authwell.identity.mail.letters import Letters
from authwell.identity.mail.limits import MailLimits
from authwell.identity.passkeys.service import Passkeys
from authwell.identity.passwords.change import PasswordChange
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.passwords.new import NewPasswords
from authwell.identity.people.api_keys import ApiKeys
from authwell.identity.people.deletion import AccountDeletion
from authwell.identity.people.desk import AccountDesk
from authwell.identity.people.email_change import EmailChange
from authwell.identity.people.enrolment import Enrolment
from authwell.identity.people.privacy import Privacy
from authwell.identity.people.recovery import Recovery
from authwell.identity.people.verification import Verification
from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.locations import Locations
from authwell.identity.sessions.own import OwnSessions
from authwell.identity.sessions.service import Sessions
from authwell.identity.tenants.defaults import policy_defaults
from authwell.identity.tenants.equipment import ensure_tenant
from authwell.identity.webhooks.service import Webhooks
from authwell.middleware.context import Site
from authwell.middleware.metrics import count_suspicion
from authwell.storage.clients.origins import PublicOrigins
from authwell.storage.configuration.edit import Configuration
from authwell.storage.database import Database
from authwell.storage.errors import StorageUnavailable
from authwell.storage.registry import Registry
from authwell.storage.snapshots import Snapshots
from authwell.storage.store import SqlStore
from authwell.utils.clock import Clock, utc_now
from authwell.utils.fetches import Fetches
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import Sealer
from authwell.utils.text_records import TextRecords


def make_site(settings: Settings, clock: Clock = utc_now) -> Site:
    """The services, with the default tenant and its keys in place.

    While the database cannot be reached, or has no tables yet (`flask db upgrade` makes them
    and needs an application), the application starts and answers 503; the tenant and its
    keys are made by the first request after.

    Raises:
        CannotOpen: a signing key does not open under KEY_ENCRYPTION_KEY.
    """
    database = Database(settings.database_url)
    sealer = Sealer(settings.key_encryption_key, settings.key_encryption_key_old)
    tenants = _tenants(database, sealer, settings, clock)
    with suppress(StorageUnavailable):
        tenants.root.current()
    return _services(settings, clock, database, sealer, tenants)


def _services(
    settings: Settings, clock: Clock, database: Database, sealer: Sealer, tenants: Registry
) -> Site:
    outgoing = Outgoing.of(settings.outgoing_allow, settings.outgoing_ca_file)
    fetches, letters, bell = Fetches(outgoing), Letters(sealer), Event()
    passwords, guard = Passwords.of(settings), Guard(database, settings)
    locations = Locations(settings.geoip_db)
    suspicion = Suspicion(database, letters, locations, count_suspicion, bell.set)
    sessions = Sessions(database, settings, bell.set, locations)
    factors = SecondFactors(database, sealer, letters, settings, when_written=bell.set)
    new_passwords = NewPasswords(settings, fetches)
    desk = AccountDesk(database, settings, letters, passwords, new_passwords, ring=bell.set)
    verification, unlocking, recovery = Verification(desk), Unlocking(desk), Recovery(desk)
    deletion = AccountDeletion(database, settings, letters, bell.set)
    return Site(
        settings=settings,
        clock=clock,
        database=database,
        tenants=tenants,
        sealer=sealer,
        letters=letters,
        fetches=fetches,
        outgoing=outgoing,
        outbox_bell=bell,
        store=SqlStore(database),
        secrets=ClientSecrets.of(settings, passwords),
        client_keys=FetchedKeys(fetches),
        request_objects=FetchedRequestObjects(fetches),
        public_origins=PublicOrigins(database),
        guard=guard,
        passwords=passwords,
        login=Login(database, passwords, guard, when_locked=unlocking.send),
        unlocking=unlocking,
        magic_links=MagicLinks(database, sealer, letters, settings),
        passkeys=Passkeys.of(database, sealer, factors, settings),
        second_factors=factors,
        entrance=Entrance(database, sessions, suspicion),
        sessions=sessions,
        own_sessions=OwnSessions(database, settings, bell.set),
        devices=Devices(database),
        mail_limits=MailLimits(database, settings),
        enrolment=Enrolment(desk, verification),
        verification=verification,
        recovery=recovery,
        email_change=EmailChange(desk),
        password_change=PasswordChange(desk),
        account_deletion=deletion,
        privacy=Privacy(database),
        api_keys=ApiKeys(database, settings),
        users=Users(desk, deletion, recovery, verification, factors),
        first_administrator=FirstAdministrator(desk),
        invitations=Invitations(database, settings, letters, bell.set),
        acceptance=Acceptance(desk),
        domains=TenantDomains(database, settings, fetches, TextRecords(settings.dns_server)),
        webhooks=Webhooks(database, sealer, outgoing, bell.set),
        integrations=Integrations(database, sealer),
        receiver=Receiver(database, sealer),
    )


def _tenants(database: Database, sealer: Sealer, settings: Settings, clock: Clock) -> Registry:
    """The snapshots of all tenants; each gets what it lacks when it is first loaded."""

    def make(slug: str) -> Snapshots:
        return Snapshots(
            database,
            sealer,
            policy_defaults(settings),
            login_lifetime=settings.access_token_expire_minutes,
            prepare=lambda: ensure_tenant(database, sealer, settings, slug, clock()),
            slug=slug,
        )

    return Registry(Configuration(database), make)
