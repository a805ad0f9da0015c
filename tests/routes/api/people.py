"""More people for the application of a test."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from authwell.identity.people.names import canonical_email, canonical_username
from authwell.protocol.model import Event
from authwell.storage.configuration.edit import Configuration
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.utils.randomness import new_id
from tests.routes.api.talking import Talker
from tests.support.application import PASSWORD

BOB = "bob"


def record_of(api: Talker, username: str) -> AccountRecord:
    """The row of an account."""
    site = api.application.site
    found = Accounts(site.database).find_by_name(site.snapshots.known().id, username)
    assert found is not None
    return found


def add_account(api: Talker, username: str, password: str = PASSWORD, **values: Any) -> str:
    """Another account with a password; its id."""
    site = api.application.site
    tenant_id, now = site.snapshots.known().id, datetime.now(UTC)
    email = values.get("email")
    account = AccountRecord(
        id=new_id(now),
        tenant_id=tenant_id,
        username=username,
        username_canonical=canonical_username(username),
        email_canonical=canonical_email(email) if email else None,
        created_at=now,
        updated_at=now,
        **values,
    )
    event = Event("account.created", tenant_id, now, account_id=account.id)
    Accounts(site.database).add(account, event)
    hashed = site.passwords.hash(password)
    event = Event("password.set", tenant_id, now, account_id=account.id)
    Credentials(site.database).set_password(tenant_id, account.id, hashed, event)
    return account.id


def change_account(api: Talker, username: str, **values: Any) -> None:
    """Write members of an account as an administrator would."""
    site = api.application.site
    record = record_of(api, username)
    event = Event("account.updated", record.tenant_id, datetime.now(UTC), account_id=record.id)
    assert Accounts(site.database).update(replace(record, **values), event)


def demand_a_factor(api: Talker) -> None:
    """Let the tenant's policy want a second factor of everybody."""
    site = api.application.site
    configuration = Configuration(site.database)
    record = configuration.find_tenant("default")
    assert record is not None
    with configuration.edit(record.id, datetime.now(UTC)) as edit:
        edit.set_tenant(replace(record, policy={"mfa": "required"}))
    site.snapshots.newer(site.snapshots.current()[0])
