"""Unsafe or incomplete settings stop the start and say what to write (DESIGN.md section 4)."""

import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.config.settings import Settings, SettingsError, load_settings
from tests.config.test_settings import DEVELOPMENT, KEY, PRODUCTION, SECRET


def problems(environ: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    for name in caught.value.problems:
        assert name in str(caught.value)
    return caught.value.problems


REFUSED = [
    ("ISSUER", "http://auth.acme.test"),
    ("ISSUER", "https://auth.acme.test/"),
    ("ISSUER", "https://auth.acme.test/path"),
    ("ISSUER", "https://auth.acme.test?x"),
    ("ISSUER", "https://auth.acme.test?"),
    ("ISSUER", "https://auth.acme.test#"),
    ("ISSUER", "https://Auth.acme.test"),
    ("ISSUER", "HTTPS://auth.acme.test"),
    ("ISSUER", "https://auth.acme.test:443"),
    ("ISSUER", "https://user@auth.acme.test"),
    ("ISSUER", "https://auth.acme.test:99999"),
    ("ISSUER", "https://auth.acme .test"),
    ("ISSUER", "https://[auth.acme.test"),
    ("ISSUER", "http://localhost.evil.test"),
    ("ISSUER", "http://127.0.0.1.evil.test"),
    ("ISSUER", "auth.acme.test"),
    ("ISSUER", "https://"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 64),
    ("SECRET_KEY", "your-super-secure-secret-key-of-32-chars"),
    ("SECRET_KEY", "production-secret-key-64-chars-minimum"),
    ("SECRET_KEY", "your-generated-secret-key-from-openssl"),
    ("SECRET_KEY", "change-me-0123456789-abcdefghijklmnop"),
    ("KEY_ENCRYPTION_KEY", "not base64 at all!"),
    ("KEY_ENCRYPTION_KEY", "c2hvcnQ="),
    ("KEY_ENCRYPTION_KEY", "A" * 43 + "="),
    ("KEY_ENCRYPTION_KEY_OLD", f"{KEY},c2hvcnQ="),
    ("JWT_ALGORITHM", "HS256"),
    ("JWT_ALGORITHM", "none"),
    ("ALGORITHM", "HS512"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://a.test, *"),
    ("BACKEND_CORS_ORIGINS", '["*"]'),
    ("BACKEND_CORS_ORIGINS", '["https://a.test"'),
    ("BACKEND_CORS_ORIGINS", "[1]"),
    ("CORS_ORIGINS", "localhost:3000"),
    ("CORS_ORIGINS", "https://a.test/path"),
    ("CORS_ORIGINS", "null"),
    ("TEST_ENDPOINTS", "true"),
    ("DEBUG", "true"),
    ("ENVIRONMENT", "prod"),
    ("LOG_LEVEL", "loud"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("SMTP_PORT", "many"),
    ("SERVER", "uwsgi"),
    ("DATABASE_URL", "mysql://a:b@c/d"),
    ("DATABASE_URL", "postgresql+psycopg://a:b@c/d"),
    ("DATABASE_URL", "postgresql://user:password@localhost:5432/auth_db"),
    ("REDIS_URL", "http://localhost"),
    ("OAUTH2_AUTHORIZATION_CODE_EXPIRES", "601"),
    ("OAUTH2_AUTHORIZATION_CODE_EXPIRES", "0"),
    ("PASSWORD_MIN_LENGTH", "4"),
    ("MIN_PASSWORD_LENGTH", "-1"),
    ("ENABLE_2FA", "maybe"),
    ("RATE_LIMIT_LOGIN", "5"),
    ("RATE_LIMIT_LOGIN", "0/minute"),
    ("RATE_LIMITING_DEFAULT", "often"),
    ("TRUSTED_PROXIES", "proxy.acme.test"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("ALLOWED_HOSTS", "https://other.test"),
    ("ALLOWED_HOSTS", "*"),
    ("METRICS_ALLOW", "everyone"),
    ("OUTGOING_ALLOW", "https://idp.test"),
    ("CLIENT_CERT_HEADER", "X_Client_Cert"),
    ("CLIENT_CERT_HEADER", "X-Client-Cert"),
    ("MTLS_BASE_URL", "http://mtls.acme.test"),
    ("MTLS_CA_FILE", "/no/such/file"),
    ("SMTP_PASSWORD", "your-app-password"),
    ("DEFAULT_ADMIN_PASSWORD", "changeme"),
    ("EMAIL_BACKEND", "console"),
    ("EMAIL_BACKEND", "file"),
    ("EMAIL_BACKEND", "memory"),
    ("EMAIL_BACKEND", "mailgun"),
    ("EMAIL_FROM", "nobody"),
    ("EMAIL_FROM", "a@b.test, c@d.test"),
    ("EMAILS_FROM_NAME", "x" * 101),
    ("SENDGRID_API_KEY", "your-sendgrid-key"),
    ("SENDGRID_URL", "http://api.sendgrid.com"),
    ("SMTP_CA_FILE", "/no/such/file"),
]

INCOMPLETE = [
    ({"SMTP_HOST": "mail.acme.test"}, "EMAIL_FROM"),
    ({"SMTP_HOST": "mail.acme.test", "SMTP_USER": "a@acme.test"}, "SMTP_PASSWORD"),
    ({"SMTP_HOST": "m.test", "EMAIL_FROM": "a@b.test", "SMTP_PASSWORD": "pw"}, "SMTP_USER"),
    ({"EMAIL_BACKEND": "sendgrid", "EMAIL_FROM": "a@b.test"}, "SENDGRID_API_KEY"),
    ({"EMAIL_BACKEND": "sendgrid", "SENDGRID_API_KEY": "SG.1"}, "EMAIL_FROM"),
    (
        {"SMTP_HOST": "m.test", "SMTP_USER": "a@b.c", "SMTP_PASSWORD": "p", "SMTP_TLS": "no"},
        "SMTP_TLS",
    ),
]


@pytest.mark.req("ST-13", "SE-06", "K10", "K24", "K36", "K42", "M8")
@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_a_bad_value_is_refused_by_its_name(name: str, text: str) -> None:
    assert set(problems({**PRODUCTION, name: text})) == {
        "JWT_ALGORITHM" if "ALGO" in name else name
    }


@pytest.mark.req("D9", "D10", "K12", "ST-13")
@pytest.mark.parametrize(("environ", "name"), INCOMPLETE)
def test_settings_of_mails_are_complete_or_refused(environ: dict[str, str], name: str) -> None:
    assert set(problems({**PRODUCTION, **environ})) == {name}


@pytest.mark.req("ST-13")
def test_a_sample_database_password_is_refused() -> None:
    environ = {name: text for name, text in PRODUCTION.items() if name != "DATABASE_URL"}

    found = problems({**environ, "POSTGRES_PASSWORD": "your-super-secure-db-password"})

    assert set(found) == {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_requires_a_name(name: str) -> None:
    environ = {other: text for other, text in PRODUCTION.items() if other != name}

    assert set(problems(environ)) == {name}


def test_nothing_at_all_names_everything_that_is_required() -> None:
    assert set(problems({})) == set(PRODUCTION)


def test_the_secrets_must_differ() -> None:
    environ = {**PRODUCTION, "SECRET_KEY": KEY, "KEY_ENCRYPTION_KEY": KEY.rstrip("=")}

    assert set(problems(environ)) == {"KEY_ENCRYPTION_KEY"}


def test_the_key_of_one_hex_secret_is_not_used_twice() -> None:
    environ = {**PRODUCTION, "SECRET_KEY": bytes(range(32)).hex()}

    assert set(problems(environ)) == {"KEY_ENCRYPTION_KEY"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "auth.acme.test"])  # noqa: S104
def test_development_listens_on_loopback_only(host: str) -> None:
    assert set(problems({**DEVELOPMENT, "HOST": host})) == {"HOST"}


@pytest.mark.parametrize("issuer", ["https://auth.acme.example", "http://10.0.0.1:5000"])
def test_development_has_a_local_issuer(issuer: str) -> None:
    assert set(problems({**DEVELOPMENT, "ISSUER": issuer})) == {"ISSUER"}


@pytest.mark.parametrize(
    "issuer",
    [
        "http://localhost:5000",
        "http://127.0.0.1",
        "http://[::1]:5000",
        "http://auth.localhost:5000",
        "https://auth.test",
        "http://op.test:8000",
    ],
)
def test_development_takes_local_issuers(issuer: str) -> None:
    assert load_settings({**DEVELOPMENT, "ISSUER": issuer}).issuer == issuer


def test_granian_is_not_offered_with_a_certificate_header() -> None:
    environ = {
        **PRODUCTION,
        "CLIENT_CERT_HEADER": "X-Client-Cert",
        "TRUSTED_PROXIES": "10.0.0.1",
        "SERVER": "granian",
    }

    assert "SERVER=gunicorn" in problems(environ)["CLIENT_CERT_HEADER"]


def test_all_findings_are_told_at_once() -> None:
    found = problems({**PRODUCTION, "PORT": "x", "ISSUER": "x", "CORS_ORIGINS": "*", "DEBUG": "1"})

    assert set(found) == {"PORT", "ISSUER", "CORS_ORIGINS", "DEBUG"}


@pytest.mark.req("LG-02")
def test_a_refusal_repeats_no_value() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**PRODUCTION, "KEY_ENCRYPTION_KEY": "zzSecretzz", "SMTP_PORT": "zzOtherzz"})

    assert "zz" not in str(caught.value)


SAFE = {**PRODUCTION, "SMTP_HOST": "mail.acme.test", "EMAIL_FROM": "id@acme.test"}
WARNED = [
    ({**SAFE, "JWT_SECRET_KEY": "x"}, "JWT_SECRET_KEY"),
    ({**SAFE, "JWT_SECRET": "x"}, "JWT_SECRET"),
    ({**SAFE, "RATE_LIMITING_ENABLED": "false"}, "RATE_LIMITING_ENABLED"),
    ({**DEVELOPMENT, "RATE_LIMITING_ENABLED": "false"}, "RATE_LIMITING_ENABLED"),
    ({**SAFE, "SECRET_KEY": SECRET[:40]}, "SECRET_KEY"),
    ({**SAFE, "ISSUER": "http://localhost:5000"}, "ISSUER"),
    ({**SAFE, "DATABASE_URL": "sqlite:///auth.db"}, "DATABASE_URL"),
    ({**SAFE, "REDIS_URL": "none"}, "REDIS_URL"),
    ({**SAFE, "OAUTH2_PASSWORD_GRANT_ENABLED": "true"}, "OAUTH2_PASSWORD_GRANT_ENABLED"),
    ({**SAFE, "OUTGOING_ALLOW": "10.0.0.0/8"}, "OUTGOING_ALLOW"),
    ({**SAFE, "OUTGOING_CA_FILE": __file__}, "OUTGOING_CA_FILE"),
    ({**DEVELOPMENT, "TEST_ENDPOINTS": "true"}, "TEST_ENDPOINTS"),
    (PRODUCTION, "SMTP_HOST"),
    ({**SAFE, "SMTP_TLS": "false"}, "SMTP_TLS"),
]


@pytest.mark.req("K10", "K36", "Q-JWT_SECRET_KEY", "Q-JWT_SECRET")
@pytest.mark.parametrize(("environ", "name"), WARNED)
def test_what_is_unwise_is_a_warning(environ: Mapping[str, str], name: str) -> None:
    warnings = load_settings(environ).warnings

    assert [warning.split()[0].split("=")[0] for warning in warnings] == [name]


def test_safe_settings_have_no_warning() -> None:
    assert load_settings(SAFE).warnings == ()
    assert load_settings(DEVELOPMENT).warnings == ()


TEXTS = st.text(alphabet=string.printable + "é€\ud800\x00", max_size=40)


@given(st.sampled_from(sorted({name for name, _ in REFUSED})), TEXTS)
def test_any_text_gives_settings_or_a_settings_error(name: str, text: str) -> None:
    try:
        found: object = load_settings({**SAFE, name: text})
    except SettingsError as error:
        found = error

    assert isinstance(found, Settings) or str(found)


def test_a_missing_file_of_variables_is_no_finding(tmp_path: Path) -> None:
    assert load_settings(SAFE, tmp_path / "none").port == 5000
