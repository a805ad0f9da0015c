"""The settings as one frozen value: every name of the configuration, its type and its default.

A field is the lower-cased name of its variable. A field without a default depends on the
environment or on other names; `settings.py` finds its value.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from authwell.config import parsing
from authwell.config.parsing import Network, RateLimit

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

Flag = Annotated[bool, BeforeValidator(parsing.flag)]
Rate = Annotated[RateLimit, NoDecode, BeforeValidator(parsing.rate)]
Minutes = Annotated[timedelta, BeforeValidator(parsing.duration(_MINUTE, 1, 525_600))]
Hours = Annotated[timedelta, BeforeValidator(parsing.duration(_HOUR, 1, 8_760))]
Days = Annotated[timedelta, BeforeValidator(parsing.duration(_DAY, 1, 3_650))]
Count = Annotated[int, BeforeValidator(parsing.whole_number(1, 100_000))]
TrustedDays = Annotated[int, BeforeValidator(parsing.whole_number(0, 365))]
Port = Annotated[int, BeforeValidator(parsing.whole_number(1, 65_535))]
CodeLifetime = Annotated[timedelta, BeforeValidator(parsing.duration(_SECOND, 1, 600))]
TokenLifetime = Annotated[timedelta, BeforeValidator(parsing.duration(_SECOND, 30, 86_400))]
CacheAge = Annotated[timedelta, BeforeValidator(parsing.duration(_SECOND, 0, 86_400))]
Environment = Annotated[
    str, BeforeValidator(parsing.one_of("production", "staging", "development"))
]
LogLevel = Annotated[str, BeforeValidator(parsing.one_of("DEBUG", "INFO", "WARNING", "ERROR"))]
Server = Annotated[str, BeforeValidator(parsing.one_of("granian", "gunicorn"))]
EmailBackend = Annotated[
    str, BeforeValidator(parsing.one_of("smtp", "sendgrid", "console", "file", "memory"))
]
RequirePkce = Annotated[str, BeforeValidator(parsing.one_of("public", "all"))]
PasswordPreset = Annotated[str, BeforeValidator(parsing.one_of("default", "nist"))]
Breaches = Annotated[str, BeforeValidator(parsing.one_of("off", "range"))]
HashesAtOnce = Annotated[int, BeforeValidator(parsing.whole_number(1, 64))]
Argon2Memory = Annotated[int, BeforeValidator(parsing.whole_number(19_456, 262_144))]
Argon2Time = Annotated[int, BeforeValidator(parsing.whole_number(2, 16))]
Argon2Parallelism = Annotated[int, BeforeValidator(parsing.whole_number(1, 16))]
HashScheme = Annotated[str, BeforeValidator(parsing.one_of("argon2", "bcrypt"))]
Key = Annotated[bytes, NoDecode, BeforeValidator(parsing.key_of_32_bytes)]
Keys = Annotated[tuple[bytes, ...], NoDecode, BeforeValidator(parsing.keys_of_32_bytes)]
Hosts = Annotated[frozenset[str], NoDecode, BeforeValidator(parsing.hosts)]
Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(parsing.origins)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(parsing.networks)]
Outgoing = Annotated[tuple[str, ...], NoDecode, BeforeValidator(parsing.outgoing)]
NameServer = Annotated[tuple[str, int], NoDecode, BeforeValidator(parsing.name_server)]
HeaderName = Annotated[str, BeforeValidator(parsing.header_name)]
Place = Annotated[str, BeforeValidator(parsing.folder_or_url)]
HttpsUrl = Annotated[str, BeforeValidator(parsing.https_url)]
ExistingFile = Annotated[Path, BeforeValidator(parsing.existing_file)]
MagicLinkRate = Annotated[RateLimit, NoDecode, BeforeValidator(parsing.rate_each(5 * _MINUTE))]

_LOOPBACK = parsing.networks("127.0.0.0/8, ::1/128")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator configured; a value that exists is checked and complete."""

    environment: Environment
    debug: Flag
    log_level: LogLevel
    log_file: Path | None = None
    sentry_dsn: str | None = field(default=None, repr=False)

    issuer: str
    host: str = "127.0.0.1"
    port: Port = 5000
    server: Server
    web_concurrency: Count
    trusted_proxies: Networks = ()
    blocked_addresses: Networks = ()
    allowed_hosts: Hosts
    client_cert_header: HeaderName | None = None
    mtls_base_url: str | None = None
    mtls_ca_file: ExistingFile | None = None
    outgoing_allow: Outgoing = ()
    outgoing_ca_file: ExistingFile | None = None
    dns_server: NameServer | None = None
    metrics_allow: Networks = _LOOPBACK
    cors_origins: Origins
    docs_enabled: Flag
    test_endpoints: Flag = False

    secret_key: str = field(repr=False)
    key_encryption_key: Key = field(repr=False)
    key_encryption_key_old: Keys = field(default=(), repr=False)
    key_rotation_days: Days = timedelta(days=90)
    jwks_max_age: CacheAge = timedelta(seconds=300)
    jwt_algorithm: str = "RS256"

    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)

    oauth2_authorization_code_expires: CodeLifetime = timedelta(seconds=60)
    oauth2_access_token_expires: TokenLifetime = timedelta(seconds=3600)
    oauth2_require_pkce: RequirePkce = "public"
    oauth2_password_grant_enabled: Flag = False
    token_introspection_enabled: Flag = True
    token_revocation_enabled: Flag = True
    access_token_expire_minutes: Minutes = timedelta(minutes=15)
    refresh_token_expire_days: Days = timedelta(days=7)

    unused_client_expire_days: Days = timedelta(days=3)
    unused_clients_max: Count = 1000

    registration_enabled: Flag = True
    require_email_verification: Flag
    email_verification_expire_hours: Hours = timedelta(hours=24)
    invitation_expire_days: Days = timedelta(days=7)
    password_reset_token_expire_hours: Hours = timedelta(hours=1)
    password_policy: PasswordPreset = "default"
    password_min_length: Annotated[int, BeforeValidator(parsing.whole_number(8, 128))] = 8
    require_uppercase: Flag = True
    require_lowercase: Flag = True
    require_number: Flag = True
    require_special_char: Flag = True
    password_deny_list: ExistingFile | None = None
    breached_passwords: Breaches = "off"
    breached_passwords_url: HttpsUrl = "https://api.pwnedpasswords.com/range/"
    password_hash_scheme: HashScheme = "argon2"
    password_hashes_at_once: HashesAtOnce | None = None
    argon2_memory_kib: Argon2Memory = 19_456
    argon2_time: Argon2Time = 2
    argon2_parallelism: Argon2Parallelism = 1
    account_lockout_attempts: Count = 5
    account_lockout_duration_minutes: Minutes = timedelta(minutes=30)
    address_lockout_attempts: Count = 100
    address_lockout_duration_minutes: Minutes = timedelta(minutes=30)
    enable_2fa: Flag = False
    trusted_device_days: TrustedDays = 30
    default_admin_password: str | None = field(default=None, repr=False)

    rate_limiting_enabled: Flag = True
    rate_limiting_default: Rate = RateLimit(100, _HOUR)
    rate_limit_per_user: Rate = RateLimit(10, _MINUTE)
    rate_limit_per_ip: Rate = RateLimit(50, _MINUTE)
    rate_limit_per_tenant: Rate = RateLimit(60_000, _MINUTE)
    rate_limit_login: Rate = RateLimit(5, _MINUTE)
    rate_limit_register: Rate = RateLimit(3, _MINUTE)
    rate_limit_client_registration: Rate = RateLimit(20, _HOUR)
    rate_limit_password_reset: Rate = RateLimit(3, _HOUR)
    rate_limit_mails_per_address: Rate = RateLimit(10, _HOUR)
    rate_limit_mails_per_ip: Rate = RateLimit(60, _HOUR)
    rate_limit_token: Rate = RateLimit(6000, _MINUTE)

    session_max_devices: Count = 10
    single_session_per_user: Flag = False
    session_inactivity_timeout_days: Days = timedelta(days=30)
    session_expire_days: Days
    api_key_default_expire_days: Days = timedelta(days=365)
    api_key_max_per_user: Count = 20
    magic_links_enabled: Flag = True
    magic_link_expire_minutes: Minutes = timedelta(minutes=15)
    magic_link_rate_limit: MagicLinkRate = RateLimit(2, 5 * _MINUTE)
    passkey_refuse_counter: Flag = True
    geoip_db: ExistingFile | None = None
    account_erase_days: Days = timedelta(days=30)
    audit_retention_days: Days = timedelta(days=90)
    audit_archive: Place | None = None
    audit_checkpoints: Place | None = None
    audit_checkpoint_minutes: Minutes = timedelta(minutes=1)
    audit_s3_access_key_id: str | None = None
    audit_s3_secret_access_key: str | None = field(default=None, repr=False)
    audit_s3_region: str = "us-east-1"

    email_backend: EmailBackend
    smtp_host: str | None = None
    smtp_port: Port = 587
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_tls: Flag = True
    smtp_ca_file: ExistingFile | None = None
    sendgrid_api_key: str | None = field(default=None, repr=False)
    sendgrid_url: str = "https://api.sendgrid.com"
    email_file_folder: Path = Path("instance/outbox")
    email_from: str | None = None
    emails_from_name: str = "Authwell"

    warnings: tuple[str, ...] = ()

    @property
    def is_development(self) -> bool:
        """Whether the rules for real people are relaxed; true on a loopback host only."""
        return self.environment == "development"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the issuer over TLS, so that cookies may be Secure."""
        return self.issuer.startswith("https://")
