"""Accounts and blocks as the API shows them; accounts with more to administrators."""

from datetime import datetime
from typing import Any

from authwell.protocol.access import ADMIN
from authwell.storage.people.account_reports import AccountReport
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.tenancy.blocks import BlockRecord


def shown_account(record: AccountRecord) -> dict[str, Any]:
    """What people see of their own."""
    return {
        "id": record.id,
        "username": record.username,
        "email": record.email,
        "is_verified": record.email_verified,
        "is_active": record.status == "active",
        "full_name": record.full_name,
        "name": record.full_name,
        "locale": record.locale,
        "claims": dict(record.claims),
        "roles": list(record.roles),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
        "last_login": moment(record.last_login_at),
    }


def shown_user(report: AccountReport) -> dict[str, Any]:
    """What administrators see; an object's version is made of this."""
    record = report.record
    return {
        **shown_account(record),
        "status": record.status,
        "is_superuser": ADMIN in record.roles,
        "is_locked": report.locked_until is not None,
        "locked_until": moment(report.locked_until),
        "deleted_at": moment(record.deleted_at),
    }


def shown_block(record: BlockRecord) -> dict[str, Any]:
    """What is shut out, and until when."""
    return {
        "id": record.id,
        "kind": record.kind,
        "value": record.value,
        "reason": record.reason,
        "created_by": record.created_by,
        "created_at": moment(record.created_at),
        "expires_at": moment(record.expires_at),
    }


def moment(at: datetime | None) -> str | None:
    """ISO 8601."""
    return None if at is None else at.isoformat()
