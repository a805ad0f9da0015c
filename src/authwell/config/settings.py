"""The settings, read once at start: `load_settings` gives one frozen value or says all that
is wrong (REQUIREMENTS.md section Q, DESIGN.md section 4).
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authwell.config.aliases import INPUTS
from authwell.config.model import Settings
from authwell.config.parsing import RateLimit
from authwell.config.reading import Problems, Values, gather, parse
from authwell.config.rules import RULES, warnings

__all__ = ["RateLimit", "Settings", "SettingsError", "load_settings", "read_settings"]

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LOCAL_ORIGINS = frozenset({"http://localhost:3000", "http://localhost:5173"})


class SettingsError(Exception):
    """The configuration stops the start; the message names each variable and the remedy."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        lines = [f"  {name} {text}." for name, text in sorted(self.problems.items())]
        super().__init__("\n".join(["The settings are not right:", *lines]))


def read_settings() -> Settings:
    """Return the settings of this process: its environment, then `.env` in its folder.

    Raises:
        SettingsError: they are incomplete or unsafe.
    """
    return load_settings(os.environ, Path(".env"))


def load_settings(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """Return the settings that variables, and a file of variables behind them, describe.

    A name may also be given by `NAME_FILE`, or by a file of the folder `SECRETS_DIR`.

    Raises:
        SettingsError: they are incomplete or unsafe; all findings at once.
    """
    raw, problems = gather(environ, env_file)
    given, invalid = parse(raw)
    problems |= invalid
    values = _complete(given)
    for rule in RULES:
        for name, text in rule(values):
            problems.setdefault(name, text)
    _forget_consequences(problems)
    if problems:
        raise SettingsError(problems)
    found = tuple(warnings(values))
    return Settings(**{k: v for k, v in values.items() if k not in INPUTS}, warnings=found)


def _complete(given: Values) -> Values:
    """Add what depends on the environment or on other names."""
    environment = given.get("environment", "production")
    values: Values = {
        "environment": environment,
        "host": "127.0.0.1",
        "port": 5000,
        "jwt_algorithm": "RS256",
        **_by_environment(environment),
        "server": "gunicorn" if "client_cert_header" in given else "granian",
        "allowed_hosts": frozenset(),
        **given,
    }
    if environment == "development":
        values.setdefault("issuer", f"http://localhost:{values['port']}")
        if "secret_key" in given:
            values.setdefault("key_encryption_key", _derived_key(given["secret_key"]))
        values["allowed_hosts"] |= _LOCAL_HOSTS
    values["database_url"] = _database_url(values)
    values["redis_url"] = _redis_url(values)
    _apply_synonyms(values)
    return values


def _by_environment(environment: str) -> Values:
    development = environment == "development"
    return {
        "debug": development,
        "log_level": {"development": "DEBUG", "staging": "INFO"}.get(environment, "WARNING"),
        "web_concurrency": 1 if development else 4,
        "cors_origins": _LOCAL_ORIGINS if development else frozenset(),
        "docs_enabled": development,
        "require_email_verification": not development,
        "session_expire_days": timedelta(days=7 if environment == "production" else 30),
        "email_backend": "file" if development else "smtp",
    }


def _apply_synonyms(values: Values) -> None:
    if "refresh_token_expire_minutes" in values:
        values["refresh_token_expire_days"] = values["refresh_token_expire_minutes"]
    if "rate_limit_per_minute" in values:
        values.setdefault("rate_limit_per_ip", values["rate_limit_per_minute"])
    # Some services log in by the name of a key, which is no address.
    if "@" in values.get("smtp_user", ""):
        values.setdefault("email_from", values["smtp_user"])


def _database_url(values: Values) -> str | None:
    url: str | None = values.get("database_url")
    if url is None and any(name.startswith("postgres_") for name in values):
        password = values.get("postgres_password")
        if password is None:
            return None
        user = quote(values.get("postgres_user", "postgres"), safe="")
        server = values.get("postgres_server", "db")
        name = quote(values.get("postgres_db", "auth_db"), safe="")
        url = f"postgresql://{user}:{quote(password, safe='')}@{server}/{name}"
    if url is None and values["environment"] == "development":
        url = "sqlite:///instance/authwell.db"
    if url is None:
        return None
    scheme, separator, rest = url.partition("://")
    known = scheme in {"postgres", "postgresql", "postgresql+psycopg2"}
    return f"postgresql+psycopg2://{rest}" if separator and known else url


def _redis_url(values: Values) -> str | None:
    url: str | None = values.get("redis_url")
    if url is not None:
        return None if url.lower() == "none" else url
    named = any(name.startswith("redis_") and name in INPUTS for name in values)
    if not named and values["environment"] == "development":
        return None
    password = values.get("redis_password")
    login = f":{quote(password, safe='')}@" if password else ""
    host = values.get("redis_host", "localhost")
    return f"redis://{login}{host}:{values.get('redis_port', 6379)}/{values.get('redis_db', 0)}"


def _derived_key(secret: str) -> bytes:
    info = b"authwell:development:key-encryption-key"
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def _forget_consequences(problems: Problems) -> None:
    """Drop `NAME is required` where the trouble is the file that `NAME_FILE` names."""
    for name in [name for name in problems if name.endswith("_FILE")]:
        problems.pop(name.removesuffix("_FILE"), None)
