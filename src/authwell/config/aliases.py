"""Other names that the founding documents use, and names that only feed another one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from authwell.config import parsing
from authwell.config.parsing import RateLimit

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "environment": ("DEPLOYMENT_ENV",),
    "jwt_algorithm": ("ALGORITHM",),
    "password_min_length": ("MIN_PASSWORD_LENGTH",),
    "require_number": ("REQUIRE_NUMBERS",),
    "require_special_char": ("REQUIRE_SPECIAL_CHARS",),
    "account_lockout_attempts": ("MAX_LOGIN_ATTEMPTS",),
    "account_lockout_duration_minutes": ("LOCKOUT_DURATION_MINUTES",),
    "email_from": ("EMAILS_FROM_EMAIL",),
    "cors_origins": ("BACKEND_CORS_ORIGINS",),
    "default_admin_password": ("ADMIN_PASSWORD_PROD",),
    "postgres_password": ("DB_PASSWORD",),
}
"""Read when the canonical name is absent; the first that is present counts."""

INPUTS: Final[Mapping[str, object]] = {
    "postgres_server": str,
    "postgres_user": str,
    "postgres_password": str,
    "postgres_db": str,
    "redis_host": str,
    "redis_port": Annotated[int, BeforeValidator(parsing.whole_number(1, 65_535))],
    "redis_db": Annotated[int, BeforeValidator(parsing.whole_number(0, 1_000_000))],
    "redis_password": str,
    "refresh_token_expire_minutes": Annotated[
        timedelta, BeforeValidator(parsing.duration(timedelta(minutes=1), 1, 5_256_000))
    ],
    "rate_limit_per_minute": Annotated[
        RateLimit, NoDecode, BeforeValidator(parsing.rate_each(timedelta(minutes=1)))
    ],
    "jwt_secret_key": str,
    "jwt_secret": str,
}
"""Names that are no field of `Settings`: other fields are made of them, or they only warn."""


def names_of(field: str) -> tuple[str, ...]:
    """Return the names of the variables that feed a field, the canonical one first."""
    return (field.upper(), *ALIASES.get(field, ()))
