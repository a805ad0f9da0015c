"""REQUIREMENTS.md section Q: every name and alias of the settings is read with its type."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from authwell.config.settings import RateLimit, Settings, load_settings

SECRET = "0123456789abcdef" * 4
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PRODUCTION = {
    "ISSUER": "https://auth.acme.test",
    "SECRET_KEY": SECRET,
    "KEY_ENCRYPTION_KEY": KEY,
    "DATABASE_URL": "postgresql://auth:pw-of-acme@db.acme.test:5432/auth_db",
}
DEVELOPMENT = {"ENVIRONMENT": "development", "SECRET_KEY": SECRET}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def production(without: tuple[str, ...] = (), **changes: str) -> Settings:
    given = {name: text for name, text in PRODUCTION.items() if name not in without}
    return load_settings(given | changes)


READ: list[tuple[str, str, str, object]] = [
    ("SECRET_KEY", "f" * 8 + SECRET, "secret_key", "f" * 8 + SECRET),
    ("KEY_ENCRYPTION_KEY", KEY, "key_encryption_key", bytes(range(32))),
    ("KEY_ENCRYPTION_KEY", KEY.rstrip("="), "key_encryption_key", bytes(range(32))),
    ("KEY_ENCRYPTION_KEY_OLD", f"{KEY}, {KEY}", "key_encryption_key_old", (bytes(range(32)),) * 2),
    ("KEY_ROTATION_DAYS", "30", "key_rotation_days", 30 * DAY),
    ("JWKS_MAX_AGE", "60", "jwks_max_age", MINUTE),
    ("JWT_ALGORITHM", "ES256", "jwt_algorithm", "ES256"),
    ("ALGORITHM", "ES256", "jwt_algorithm", "ES256"),
    ("DATABASE_URL", "sqlite:////var/auth.db", "database_url", "sqlite:////var/auth.db"),
    ("DATABASE_URL", "postgres://a:b@c/d", "database_url", "postgresql+psycopg2://a:b@c/d"),
    ("REDIS_URL", "rediss://cache:6380/1", "redis_url", "rediss://cache:6380/1"),
    ("REDIS_URL", "none", "redis_url", None),
    ("REDIS_HOST", "cache", "redis_url", "redis://cache:6379/0"),
    ("REDIS_PORT", "6380", "redis_url", "redis://localhost:6380/0"),
    ("REDIS_DB", "2", "redis_url", "redis://localhost:6379/2"),
    ("REDIS_PASSWORD", "p@ss", "redis_url", "redis://:p%40ss@localhost:6379/0"),
    ("OAUTH2_AUTHORIZATION_CODE_EXPIRES", "600", "oauth2_authorization_code_expires", 10 * MINUTE),
    ("OAUTH2_ACCESS_TOKEN_EXPIRES", "600", "oauth2_access_token_expires", 10 * MINUTE),
    ("OAUTH2_REQUIRE_PKCE", "all", "oauth2_require_pkce", "all"),
    ("OAUTH2_PASSWORD_GRANT_ENABLED", "true", "oauth2_password_grant_enabled", True),
    ("TOKEN_INTROSPECTION_ENABLED", "false", "token_introspection_enabled", False),
    ("TOKEN_REVOCATION_ENABLED", "false", "token_revocation_enabled", False),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "30", "access_token_expire_minutes", 30 * MINUTE),
    ("REFRESH_TOKEN_EXPIRE_DAYS", "9", "refresh_token_expire_days", 9 * DAY),
    ("REFRESH_TOKEN_EXPIRE_MINUTES", "90", "refresh_token_expire_days", 90 * MINUTE),
    ("PASSWORD_RESET_TOKEN_EXPIRE_HOURS", "2", "password_reset_token_expire_hours", 2 * HOUR),
    ("EMAIL_VERIFICATION_EXPIRE_HOURS", "48", "email_verification_expire_hours", 48 * HOUR),
    ("REGISTRATION_ENABLED", "off", "registration_enabled", False),
    ("REQUIRE_EMAIL_VERIFICATION", "false", "require_email_verification", False),
    ("PASSWORD_MIN_LENGTH", "12", "password_min_length", 12),
    ("MIN_PASSWORD_LENGTH", "12", "password_min_length", 12),
    ("REQUIRE_UPPERCASE", "false", "require_uppercase", False),
    ("REQUIRE_LOWERCASE", "false", "require_lowercase", False),
    ("REQUIRE_NUMBER", "false", "require_number", False),
    ("REQUIRE_NUMBERS", "false", "require_number", False),
    ("REQUIRE_SPECIAL_CHAR", "false", "require_special_char", False),
    ("REQUIRE_SPECIAL_CHARS", "false", "require_special_char", False),
    ("PASSWORD_HASH_SCHEME", "bcrypt", "password_hash_scheme", "bcrypt"),
    ("ACCOUNT_LOCKOUT_ATTEMPTS", "3", "account_lockout_attempts", 3),
    ("MAX_LOGIN_ATTEMPTS", "3", "account_lockout_attempts", 3),
    ("ACCOUNT_LOCKOUT_DURATION_MINUTES", "5", "account_lockout_duration_minutes", 5 * MINUTE),
    ("LOCKOUT_DURATION_MINUTES", "5", "account_lockout_duration_minutes", 5 * MINUTE),
    ("RATE_LIMITING_ENABLED", "0", "rate_limiting_enabled", False),
    ("RATE_LIMITING_DEFAULT", "100 per hour", "rate_limiting_default", RateLimit(100, HOUR)),
    ("RATE_LIMIT_PER_MINUTE", "60", "rate_limit_per_ip", RateLimit(60, MINUTE)),
    ("RATE_LIMIT_PER_USER", "20/minute", "rate_limit_per_user", RateLimit(20, MINUTE)),
    ("RATE_LIMIT_PER_IP", "70/minute", "rate_limit_per_ip", RateLimit(70, MINUTE)),
    ("RATE_LIMIT_PER_TENANT", "9/minute", "rate_limit_per_tenant", RateLimit(9, MINUTE)),
    ("RATE_LIMIT_LOGIN", "6/minute", "rate_limit_login", RateLimit(6, MINUTE)),
    ("RATE_LIMIT_REGISTER", "4/minute", "rate_limit_register", RateLimit(4, MINUTE)),
    ("RATE_LIMIT_PASSWORD_RESET", "4/hour", "rate_limit_password_reset", RateLimit(4, HOUR)),
    ("RATE_LIMIT_MAILS_PER_ADDRESS", "9/day", "rate_limit_mails_per_address", RateLimit(9, DAY)),
    ("RATE_LIMIT_MAILS_PER_IP", "7/hour", "rate_limit_mails_per_ip", RateLimit(7, HOUR)),
    ("RATE_LIMIT_TOKEN", "9 / second", "rate_limit_token", RateLimit(9, timedelta(seconds=1))),
    ("SESSION_MAX_DEVICES", "3", "session_max_devices", 3),
    ("SINGLE_SESSION_PER_USER", "yes", "single_session_per_user", True),
    ("SESSION_INACTIVITY_TIMEOUT_DAYS", "3", "session_inactivity_timeout_days", 3 * DAY),
    ("SESSION_EXPIRE_DAYS", "3", "session_expire_days", 3 * DAY),
    ("API_KEY_DEFAULT_EXPIRE_DAYS", "30", "api_key_default_expire_days", 30 * DAY),
    ("API_KEY_MAX_PER_USER", "5", "api_key_max_per_user", 5),
    ("MAGIC_LINK_EXPIRE_MINUTES", "5", "magic_link_expire_minutes", 5 * MINUTE),
    ("MAGIC_LINK_RATE_LIMIT", "3", "magic_link_rate_limit", RateLimit(3, 5 * MINUTE)),
    ("ENABLE_2FA", "true", "enable_2fa", True),
    ("EMAIL_BACKEND", "smtp", "email_backend", "smtp"),
    ("SENDGRID_API_KEY", "SG.of-acme", "sendgrid_api_key", "SG.of-acme"),
    ("SENDGRID_URL", "https://api.eu.sendgrid.com", "sendgrid_url", "https://api.eu.sendgrid.com"),
    ("EMAIL_FILE_FOLDER", "/srv/mails", "email_file_folder", Path("/srv/mails")),
    ("SMTP_HOST", "mail.acme.test", "smtp_host", "mail.acme.test"),
    ("SMTP_PORT", "25", "smtp_port", 25),
    ("SMTP_USER", "auth@acme.test", "smtp_user", "auth@acme.test"),
    ("SMTP_USER", "auth@acme.test", "email_from", "auth@acme.test"),
    ("SMTP_PASSWORD", "pw-of-acme", "smtp_password", "pw-of-acme"),
    ("SMTP_TLS", "false", "smtp_tls", False),
    ("EMAIL_FROM", "no@acme.test", "email_from", "no@acme.test"),
    ("EMAILS_FROM_EMAIL", "no@acme.test", "email_from", "no@acme.test"),
    ("EMAILS_FROM_NAME", "Acme", "emails_from_name", "Acme"),
    ("CORS_ORIGINS", "https://a.test, https://B.test/", "cors_origins",
     frozenset({"https://a.test", "https://b.test"})),
    ("CORS_ORIGINS", '["https://a.test"]', "cors_origins", frozenset({"https://a.test"})),
    ("BACKEND_CORS_ORIGINS", '["https://a.test","http://localhost:3000"]', "cors_origins",
     frozenset({"https://a.test", "http://localhost:3000"})),
    ("BACKEND_CORS_ORIGINS", "https://a.test", "cors_origins", frozenset({"https://a.test"})),
    ("ENVIRONMENT", "staging", "environment", "staging"),
    ("DEPLOYMENT_ENV", "staging", "environment", "staging"),
    ("LOG_LEVEL", "info", "log_level", "INFO"),
    ("LOG_FILE", "logs/auth.log", "log_file", Path("logs/auth.log")),
    ("SENTRY_DSN", "https://k@sentry.test/1", "sentry_dsn", "https://k@sentry.test/1"),
    ("DEFAULT_ADMIN_PASSWORD", "pw-of-acme", "default_admin_password", "pw-of-acme"),
    ("ADMIN_PASSWORD_PROD", "pw-of-acme", "default_admin_password", "pw-of-acme"),
    ("ISSUER", "http://localhost:5000", "issuer", "http://localhost:5000"),
    ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104
    ("PORT", "8080", "port", 8080),
    ("SERVER", "gunicorn", "server", "gunicorn"),
    ("WEB_CONCURRENCY", "8", "web_concurrency", 8),
    ("TRUSTED_PROXIES", "10.0.0.0/8,::1", "trusted_proxies",
     (ip_network("10.0.0.0/8"), ip_network("::1"))),
    ("ALLOWED_HOSTS", "Other.test, x.test:8443", "allowed_hosts",
     frozenset({"other.test", "x.test:8443"})),
    ("MTLS_BASE_URL", "https://mtls.acme.test", "mtls_base_url", "https://mtls.acme.test"),
    ("OUTGOING_ALLOW", "10.0.0.0/8, idp.test:8443", "outgoing_allow",
     ("10.0.0.0/8", "idp.test:8443")),
    ("METRICS_ALLOW", "10.1.2.3", "metrics_allow", (ip_network("10.1.2.3/32"),)),
    ("DOCS_ENABLED", "true", "docs_enabled", True),
]  # fmt: skip


EVERY_NAME = pytest.mark.req(
    "Q-SECRET_KEY",
    "Q-JWT_ALGORITHM",
    "Q-DATABASE_URL",
    "Q-REDIS_URL",
    "Q-OAUTH2_AUTHORIZATION_CODE_EXPIRES",
    "Q-OAUTH2_ACCESS_TOKEN_EXPIRES",
    "Q-ACCESS_TOKEN_EXPIRE_MINUTES",
    "Q-REFRESH_TOKEN_EXPIRE_DAYS",
    "Q-PASSWORD_RESET_TOKEN_EXPIRE_HOURS",
    "Q-EMAIL_VERIFICATION_EXPIRE_HOURS",
    "Q-REQUIRE_EMAIL_VERIFICATION",
    "Q-PASSWORD_MIN_LENGTH",
    "Q-REQUIRE_UPPERCASE",
    "Q-REQUIRE_LOWERCASE",
    "Q-REQUIRE_NUMBER",
    "Q-REQUIRE_SPECIAL_CHAR",
    "Q-ACCOUNT_LOCKOUT_ATTEMPTS",
    "Q-ACCOUNT_LOCKOUT_DURATION_MINUTES",
    "Q-RATE_LIMITING_DEFAULT",
    "Q-RATE_LIMIT_PER_USER",
    "Q-RATE_LIMIT_PER_IP",
    "Q-RATE_LIMIT_LOGIN",
    "Q-RATE_LIMIT_REGISTER",
    "Q-RATE_LIMIT_PASSWORD_RESET",
    "Q-SESSION_MAX_DEVICES",
    "Q-SESSION_INACTIVITY_TIMEOUT_DAYS",
    "Q-SESSION_EXPIRE_DAYS",
    "Q-API_KEY_DEFAULT_EXPIRE_DAYS",
    "Q-API_KEY_MAX_PER_USER",
    "Q-MAGIC_LINK_EXPIRE_MINUTES",
    "Q-MAGIC_LINK_RATE_LIMIT",
    "Q-ENABLE_2FA",
    "Q-SMTP_HOST",
    "Q-SMTP_PORT",
    "Q-SMTP_USER",
    "Q-SMTP_PASSWORD",
    "Q-SMTP_TLS",
    "Q-EMAIL_FROM",
    "Q-CORS_ORIGINS",
    "Q-ENVIRONMENT",
    "Q-DEBUG",
    "Q-LOG_LEVEL",
    "Q-DEFAULT_ADMIN_PASSWORD",
)


@EVERY_NAME
@pytest.mark.req("K22", "K24", "K12", "K36", "O26")
@pytest.mark.parametrize(("name", "text", "field", "value"), READ)
def test_a_name_is_read_with_its_type(name: str, text: str, field: str, value: object) -> None:
    sender = {"EMAIL_FROM": "id@acme.test"} if name == "SMTP_HOST" else {}
    settings = load_settings({**PRODUCTION, **sender, name: text})

    assert getattr(settings, field) == value


@pytest.mark.parametrize("name", ["MTLS_CA_FILE", "OUTGOING_CA_FILE", "SMTP_CA_FILE", "GEOIP_DB"])
def test_a_file_is_named_by_its_path(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("content")

    settings = load_settings({**PRODUCTION, name: str(path)})

    assert getattr(settings, name.lower()) == path


DEFAULTS: list[tuple[Mapping[str, str], str, object]] = [
    (PRODUCTION, "environment", "production"),
    (PRODUCTION, "debug", False),
    (PRODUCTION, "log_level", "WARNING"),
    (PRODUCTION, "redis_url", "redis://localhost:6379/0"),
    (PRODUCTION, "jwt_algorithm", "RS256"),
    (PRODUCTION, "oauth2_authorization_code_expires", MINUTE),
    (PRODUCTION, "oauth2_access_token_expires", HOUR),
    (PRODUCTION, "access_token_expire_minutes", 15 * MINUTE),
    (PRODUCTION, "refresh_token_expire_days", 7 * DAY),
    (PRODUCTION, "session_expire_days", 7 * DAY),
    (PRODUCTION, "require_email_verification", True),
    (PRODUCTION, "rate_limiting_default", RateLimit(100, HOUR)),
    (PRODUCTION, "rate_limit_per_ip", RateLimit(50, MINUTE)),
    (PRODUCTION, "rate_limit_login", RateLimit(5, MINUTE)),
    (PRODUCTION, "magic_link_rate_limit", RateLimit(2, 5 * MINUTE)),
    (PRODUCTION, "cors_origins", frozenset()),
    (PRODUCTION, "allowed_hosts", frozenset()),
    (PRODUCTION, "trusted_proxies", ()),
    (PRODUCTION, "token_introspection_enabled", True),
    (PRODUCTION, "token_revocation_enabled", True),
    (PRODUCTION, "password_reset_token_expire_hours", HOUR),
    (PRODUCTION, "email_verification_expire_hours", DAY),
    (PRODUCTION, "password_min_length", 8),
    (PRODUCTION, "require_uppercase", True),
    (PRODUCTION, "require_lowercase", True),
    (PRODUCTION, "require_number", True),
    (PRODUCTION, "require_special_char", True),
    (PRODUCTION, "account_lockout_attempts", 5),
    (PRODUCTION, "account_lockout_duration_minutes", 30 * MINUTE),
    (PRODUCTION, "rate_limit_per_user", RateLimit(10, MINUTE)),
    (PRODUCTION, "rate_limit_register", RateLimit(3, MINUTE)),
    (PRODUCTION, "rate_limit_password_reset", RateLimit(3, HOUR)),
    (PRODUCTION, "session_max_devices", 10),
    (PRODUCTION, "session_inactivity_timeout_days", 30 * DAY),
    (PRODUCTION, "api_key_default_expire_days", 365 * DAY),
    (PRODUCTION, "api_key_max_per_user", 20),
    (PRODUCTION, "magic_link_expire_minutes", 15 * MINUTE),
    (PRODUCTION, "enable_2fa", False),
    (PRODUCTION, "smtp_host", None),
    (PRODUCTION, "smtp_port", 587),
    (PRODUCTION, "smtp_user", None),
    (PRODUCTION, "smtp_password", None),
    (PRODUCTION, "smtp_tls", True),
    (PRODUCTION, "email_from", None),
    (PRODUCTION, "sendgrid_api_key", None),
    (PRODUCTION, "email_backend", "smtp"),
    (DEVELOPMENT, "email_backend", "file"),
    (DEVELOPMENT, "email_file_folder", Path("instance/outbox")),
    (PRODUCTION, "default_admin_password", None),
    (DEVELOPMENT, "cors_origins", frozenset({"http://localhost:3000", "http://localhost:5173"})),
    (PRODUCTION, "docs_enabled", False),
    (PRODUCTION, "test_endpoints", False),
    (PRODUCTION, "web_concurrency", 4),
    (PRODUCTION, "server", "granian"),
    (DEVELOPMENT, "debug", True),
    (DEVELOPMENT, "log_level", "DEBUG"),
    (DEVELOPMENT, "issuer", "http://localhost:5000"),
    (DEVELOPMENT, "database_url", "sqlite:///instance/authwell.db"),
    (DEVELOPMENT, "redis_url", None),
    (DEVELOPMENT, "session_expire_days", 30 * DAY),
    (DEVELOPMENT, "require_email_verification", False),
    (DEVELOPMENT, "docs_enabled", True),
    (DEVELOPMENT, "web_concurrency", 1),
    (DEVELOPMENT, "allowed_hosts", frozenset({"localhost", "127.0.0.1", "[::1]"})),
    (DEVELOPMENT | {"PORT": "5050"}, "issuer", "http://localhost:5050"),
    ({**PRODUCTION, "ENVIRONMENT": "staging"}, "log_level", "INFO"),
    ({**PRODUCTION, "ENVIRONMENT": "staging"}, "session_expire_days", 30 * DAY),
]


@EVERY_NAME
@pytest.mark.parametrize(("given", "field", "value"), DEFAULTS)
def test_a_name_that_is_absent_has_its_default(
    given: Mapping[str, str], field: str, value: object
) -> None:
    assert getattr(load_settings(given), field) == value


def test_a_database_url_is_built_of_its_parts() -> None:
    settings = production(
        without=("DATABASE_URL",),
        POSTGRES_SERVER="pg:5433",
        POSTGRES_USER="auth",
        POSTGRES_PASSWORD="p/w@1",
        POSTGRES_DB="people",
    )

    assert settings.database_url == "postgresql+psycopg2://auth:p%2Fw%401@pg:5433/people"


@pytest.mark.req("K39")
@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "DB_PASSWORD"])
def test_a_database_password_alone_names_the_compose_database(name: str) -> None:
    settings = production(without=("DATABASE_URL",), **{name: "pw-of-acme"})

    assert settings.database_url == "postgresql+psycopg2://postgres:pw-of-acme@db/auth_db"


def test_development_derives_the_key_encryption_key() -> None:
    first, second = load_settings(DEVELOPMENT), load_settings(DEVELOPMENT)

    assert len(first.key_encryption_key) == 32
    assert first.key_encryption_key == second.key_encryption_key
    assert first.key_encryption_key != SECRET.encode()[:32]


def test_a_canonical_name_wins_over_its_alias() -> None:
    assert production(PASSWORD_MIN_LENGTH="10", MIN_PASSWORD_LENGTH="12").password_min_length == 10


def test_rate_limit_per_ip_wins_over_the_name_per_minute() -> None:
    settings = production(RATE_LIMIT_PER_IP="7/minute", RATE_LIMIT_PER_MINUTE="60")

    assert settings.rate_limit_per_ip == RateLimit(7, MINUTE)


def test_empty_text_counts_as_absent() -> None:
    assert production(SMTP_PORT="", REDIS_PASSWORD=" ").smtp_port == 587


def test_a_client_certificate_header_chooses_the_server_that_shows_raw_names() -> None:
    settings = production(CLIENT_CERT_HEADER="X-Client-Cert", TRUSTED_PROXIES="10.0.0.1")

    assert settings.server == "gunicorn"


def test_the_settings_cannot_be_changed() -> None:
    settings = production()

    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.req("LG-02")
def test_the_settings_show_no_secret() -> None:
    shown = repr(production(SMTP_PASSWORD="pw-of-mail", DEFAULT_ADMIN_PASSWORD="pw-of-admin"))

    assert "pw-of-" not in shown
    assert SECRET not in shown
    assert "key_encryption_key=" not in shown


def test_a_rate_limit_is_text_for_the_limiter() -> None:
    assert str(RateLimit(2, 5 * MINUTE)) == "2 per 300 second"
