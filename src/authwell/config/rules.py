"""What must be true of the settings together; each rule names the variable and the remedy.

A rule takes what was given and returns problems by variable name. Unsafe values stop the
start (DESIGN.md section 4, THREATS.md SE-06 and ST-13); what is only unwise is a warning.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from authwell.config.parsing import key_of_32_bytes
from authwell.utils.urls import host_of, is_loopback, split_canonical

Values = Mapping[str, Any]
Findings = Iterator[tuple[str, str]]

_SAMPLES: Final = re.compile(
    r"your[-_ ]|change[-_ ]?(me|this)|example|replace|placeholder|production-(secret|password)"
    r"|super-?secure|<.*>|^(secret|password|postgres|admin|dev|test)$",
    re.IGNORECASE,
)
_SECRETS_IN_USE: Final = (
    "secret_key",
    "postgres_password",
    "redis_password",
    "smtp_password",
    "sendgrid_api_key",
    "audit_s3_secret_access_key",
    "default_admin_password",
)
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+")
_LINE: Final = re.compile(r"[^\r\n]{0,100}")
_ASYMMETRIC: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    "EdDSA", "Ed25519",
)  # fmt: skip


def issuer_is_a_secure_origin(values: Values) -> Findings:
    """One origin in its canonical form: https, or http on a loopback host."""
    issuer = values.get("issuer")
    if issuer is None:
        yield "ISSUER", "is required: the https URL under which clients reach the server"
        return
    try:
        parts = split_canonical(issuer)
    except ValueError:
        parts = None
    if parts is None or parts.path or "?" in issuer:
        yield (
            "ISSUER",
            (
                "must be scheme, host and port only, in lower case, without a slash at the end and "
                "without the scheme's own port, such as https://auth.example"
            ),
        )
    elif parts.scheme == "http" and not _is_local(parts.netloc, values):
        yield "ISSUER", "must begin with https://, unless its host is localhost or 127.0.0.1"


def development_stays_on_this_machine(values: Values) -> Findings:
    """The development environment relaxes rules, so nobody else may reach it."""
    if not _in_development(values):
        return
    remedy = "set ENVIRONMENT=production for a server that others reach"
    if not is_loopback(values["host"]):
        yield "HOST", f"must be 127.0.0.1, ::1 or localhost in development; {remedy}"
    netloc = urlsplit(values.get("issuer") or "").netloc
    if netloc and not _is_local(netloc, values):
        yield (
            "ISSUER",
            (
                f"must have a loopback host or one below .localhost or .test in development; {remedy}"
            ),
        )


def secret_key_is_strong(values: Values) -> Findings:
    """32 characters at least, and not of one pattern (SE-06, K36)."""
    secret = values.get("secret_key")
    remedy = "make one with: openssl rand -hex 32, or ./deploy.sh generate-secrets"
    if secret is None:
        yield "SECRET_KEY", f"is required; {remedy}"
    elif not _in_development(values) and (len(secret) < 32 or len(set(secret)) < 8):
        yield "SECRET_KEY", f"must be at least 32 random characters; {remedy}"


def key_encryption_key_stands_alone(values: Values) -> Findings:
    """Required outside development, and not the secret of the cookies and forms."""
    key, secret = values.get("key_encryption_key"), values.get("secret_key")
    remedy = "make one with: openssl rand -base64 32, or ./deploy.sh generate-secrets"
    if key is None and not _in_development(values):
        yield "KEY_ENCRYPTION_KEY", f"is required; {remedy}"
    elif key is not None and secret is not None and _same_key(key, secret):
        yield "KEY_ENCRYPTION_KEY", f"must differ from SECRET_KEY; {remedy}"


def no_sample_is_used(values: Values) -> Findings:
    """What stands in a document or a sample file is known to everyone (ST-13)."""
    if _in_development(values):
        return
    for field in _SECRETS_IN_USE:
        if _SAMPLES.search(values.get(field) or ""):
            yield field.upper(), "is a sample value; put a secret of your own in its place"
    password = urlsplit(values.get("database_url") or "").password
    if password and _SAMPLES.search(password) and not values.get("postgres_password"):
        yield "DATABASE_URL", "has a sample password; put a secret of your own in its place"


def database_is_named(values: Values) -> Findings:
    """PostgreSQL or SQLite; outside development nothing is assumed."""
    url = values.get("database_url")
    if url is None:
        yield (
            "DATABASE_URL",
            (
                "is required, such as postgresql://user:password@host:5432/auth_db; "
                "or set POSTGRES_PASSWORD, and POSTGRES_SERVER, POSTGRES_USER and POSTGRES_DB"
            ),
        )
    elif not url.startswith(("postgresql+psycopg2://", "sqlite:///")):
        yield "DATABASE_URL", "must begin with postgresql:// or sqlite:///"


def redis_is_redis(values: Values) -> Findings:
    """A URL of redis-py, or none."""
    url = values.get("redis_url")
    if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
        yield "REDIS_URL", "must begin with redis://, rediss:// or unix://, or be none"


def tokens_are_signed_with_a_key_pair(values: Values) -> Findings:
    """K10: with a shared secret every resource server could make tokens."""
    algorithm = values["jwt_algorithm"]
    if algorithm not in _ASYMMETRIC:
        yield (
            "JWT_ALGORITHM",
            (
                "must be an algorithm with a key pair, such as RS256 or ES256; with HS256 whoever can "
                "check a token could also make one"
            ),
        )


def production_has_no_test_doors(values: Values) -> Findings:
    """Test endpoints approve what people should."""
    if _in_development(values):
        return
    if values.get("test_endpoints"):
        yield "TEST_ENDPOINTS", "must be false outside development"
    if values.get("debug"):
        yield "DEBUG", "must be false outside development"


def certificate_header_comes_from_a_proxy(values: Values) -> Findings:
    """Only a proxy may name a client's certificate, and only where raw header names show."""
    if values.get("client_cert_header") is None:
        return
    if not values.get("trusted_proxies"):
        yield "CLIENT_CERT_HEADER", "needs TRUSTED_PROXIES: the addresses that may send it"
    if values["server"] == "granian":
        yield "CLIENT_CERT_HEADER", "needs SERVER=gunicorn; granian hides forged header names"


def mtls_base_url_is_secure(values: Values) -> Findings:
    """Certificates are presented over TLS only (RFC 8705 section 5)."""
    url = values.get("mtls_base_url")
    if url is not None and not _is_https_origin(url):
        yield "MTLS_BASE_URL", "must be an https origin, such as https://mtls.auth.example"


def mails_can_be_sent(values: Values) -> Findings:
    """What EMAIL_BACKEND needs is there, and nobody else reads the mails (K12)."""
    backend = values.get("email_backend")
    if backend in {"console", "file", "memory"} and not _in_development(values):
        yield "EMAIL_BACKEND", "must be smtp or sendgrid outside development: mails hold secrets"
    if backend == "sendgrid" and not values.get("sendgrid_api_key"):
        yield "SENDGRID_API_KEY", "is required with EMAIL_BACKEND=sendgrid"
    by_smtp = backend == "smtp" and values.get("smtp_host") is not None
    if by_smtp and bool(values.get("smtp_user")) != bool(values.get("smtp_password")):
        missing = "SMTP_PASSWORD" if values.get("smtp_user") else "SMTP_USER"
        yield missing, "is required: SMTP_USER and SMTP_PASSWORD belong together"


def mails_have_a_sender(values: Values) -> Findings:
    """An address and a name that make one header (THREATS.md RC-08)."""
    sends = values.get("smtp_host") is not None or values.get("email_backend") == "sendgrid"
    sender = values.get("email_from")
    if sender is None and sends and not _in_development(values):
        yield "EMAIL_FROM", "is required: the address that mails come from"
    elif sender is not None and not _ADDRESS.fullmatch(sender):
        yield "EMAIL_FROM", "must be an e-mail address, such as login@auth.example"
    if not _LINE.fullmatch(values.get("emails_from_name", "")):
        yield "EMAILS_FROM_NAME", "must be one line of at most 100 characters"


def mail_passwords_are_encrypted(values: Values) -> Findings:
    """Nobody on the way to the mail server reads its password (RFC 8314 section 3)."""
    host = values.get("smtp_host")
    is_clear = not values.get("smtp_tls", True) and host is not None and not is_loopback(host)
    if is_clear and values.get("smtp_password") and not _in_development(values):
        yield "SMTP_TLS", "must be true while SMTP_PASSWORD goes to another machine"


def sendgrid_url_is_an_origin(values: Values) -> Findings:
    """The API is called over TLS only."""
    url = values.get("sendgrid_url")
    if url is not None and not _is_https_origin(url):
        yield "SENDGRID_URL", "must be an https origin, such as https://api.eu.sendgrid.com"


def audit_stores_have_a_key(values: Values) -> Findings:
    """A store that is reached by https signs its requests."""
    has_key = values.get("audit_s3_access_key_id") and values.get("audit_s3_secret_access_key")
    for name in ("audit_archive", "audit_checkpoints"):
        if (values.get(name) or "").startswith("https://") and not has_key:
            remedy = "needs AUDIT_S3_ACCESS_KEY_ID and AUDIT_S3_SECRET_ACCESS_KEY"
            yield name.upper(), f"is an object store, which {remedy}"


RULES: Final[tuple[Callable[[Values], Findings], ...]] = (
    issuer_is_a_secure_origin,
    development_stays_on_this_machine,
    secret_key_is_strong,
    key_encryption_key_stands_alone,
    no_sample_is_used,
    database_is_named,
    redis_is_redis,
    tokens_are_signed_with_a_key_pair,
    production_has_no_test_doors,
    certificate_header_comes_from_a_proxy,
    mtls_base_url_is_secure,
    mails_can_be_sent,
    mails_have_a_sender,
    mail_passwords_are_encrypted,
    sendgrid_url_is_an_origin,
    audit_stores_have_a_key,
)


def warnings(values: Values) -> Iterator[str]:
    """Say what is allowed but unwise."""
    yield from _unwise_anywhere(values)
    if not _in_development(values):
        yield from _unwise_for_others(values)


def _unwise_anywhere(values: Values) -> Iterator[str]:
    for name in ("jwt_secret_key", "jwt_secret"):
        if values.get(name):
            yield f"{name.upper()} is set but nothing is signed with it; remove it."
    if not values.get("rate_limiting_enabled", True):
        yield "RATE_LIMITING_ENABLED=false: no request limits; only the account lockout holds."
    if values.get("test_endpoints"):
        yield "TEST_ENDPOINTS=true: anyone who reaches the server may approve requests."


def _unwise_for_others(values: Values) -> Iterator[str]:
    if len(values["secret_key"]) < 64:
        yield "SECRET_KEY is shorter than 64 characters; openssl rand -hex 32 makes 64."
    if values["issuer"].startswith("http://"):
        yield "ISSUER is http: only programs on this machine can use the server."
    if values["database_url"].startswith("sqlite"):
        yield "DATABASE_URL is SQLite: one machine only; use PostgreSQL to scale out."
    if values["redis_url"] is None:
        yield "REDIS_URL=none: limits and caches are kept by each process for itself."
    if values.get("outgoing_allow"):
        yield "OUTGOING_ALLOW opens private addresses to the URLs that clients register."
    if values.get("outgoing_ca_file"):
        yield "OUTGOING_CA_FILE is trusted beside the public authorities for OUTGOING_ALLOW."
    if values.get("email_backend") == "smtp" and values.get("smtp_host") is None:
        yield "SMTP_HOST is not set: mails to people wait, and are given up after some hours."
    if values.get("smtp_host") is not None and not values.get("smtp_tls", True):
        yield "SMTP_TLS=false: whoever is on the way to the mail server reads the mails."
    if values.get("oauth2_password_grant_enabled"):
        yield "OAUTH2_PASSWORD_GRANT_ENABLED=true: RFC 9700 section 2.4 forbids this grant."


def _in_development(values: Values) -> bool:
    return bool(values["environment"] == "development")


def _is_local(netloc: str, values: Values) -> bool:
    host = host_of(netloc)
    return is_loopback(host) or (_in_development(values) and host.endswith((".localhost", ".test")))


def _is_https_origin(url: str) -> bool:
    try:
        parts = split_canonical(url)
    except ValueError:
        return False
    return parts.scheme == "https" and not parts.path and "?" not in url


def _same_key(key: bytes, secret: str) -> bool:
    if secret.encode() == key or secret == key.hex():
        return True
    try:
        return key_of_32_bytes(secret) == key
    except ValueError:
        return False
