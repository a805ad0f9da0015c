"""The default tenant: its row, and what the server's settings say for every tenant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authwell.config.settings import Settings
from authwell.identity.tenants.issuers import set_issuer
from authwell.protocol.policy import DEFAULT_SIGNING_ALGS
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.registry import ROOT
from authwell.utils.randomness import new_id

DEFAULT_SLUG = ROOT


def policy_defaults(settings: Settings) -> Mapping[str, Any]:
    """What a tenant's policy says where it is silent; the members of `tenant_policies`."""
    algs = dict.fromkeys((settings.jwt_algorithm, *DEFAULT_SIGNING_ALGS))
    return {
        "signing_algs": list(algs),
        "code_lifetime": int(settings.oauth2_authorization_code_expires.total_seconds()),
        "access_token_lifetime": int(settings.oauth2_access_token_expires.total_seconds()),
        "refresh_token_lifetime": int(settings.refresh_token_expire_days.total_seconds()),
        "pkce": settings.oauth2_require_pkce,
        "password_grant": settings.oauth2_password_grant_enabled,
        "registration_enabled": settings.registration_enabled,
        "mfa": "required" if settings.enable_2fa else "optional",
        "trusted_device_days": settings.trusted_device_days,
    }


def ensure_default_tenant(database: Database, settings: Settings, now: datetime) -> TenantRecord:
    """The default tenant, made if there is none; its issuer follows ISSUER.

    Safe for processes that start at once.

    Raises:
        StorageUnavailable: the database cannot be reached, or its tables are missing.
    """
    configuration = Configuration(database)
    record = configuration.find_tenant(DEFAULT_SLUG) or configuration.ensure_tenant(
        TenantRecord(
            id=new_id(now),
            slug=DEFAULT_SLUG,
            issuer=settings.issuer,
            name="Authwell",
            policy={},
            created_at=now,
            updated_at=now,
        )
    )
    configuration.ensure_built_in_client(record.id, now)
    configuration.ensure_built_in_access(record.id, now, is_root=True)
    if record.issuer == settings.issuer:
        return record
    return set_issuer(configuration, record, settings.issuer, now)
