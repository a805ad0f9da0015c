"""An authenticator app on a person's phone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp

from authwell.identity.factors.second_factors import Added
from authwell.identity.factors.totp import Setup
from authwell.middleware.context import Site
from authwell.protocol.model import Account
from authwell.protocol.server import Caller
from authwell.storage.people.accounts import Accounts

STEP = timedelta(seconds=30)


@dataclass
class App:
    """The app, and the codes that the person has printed."""

    account: Account
    otp: pyotp.TOTP
    clock: Callable[[], datetime]
    backup_codes: tuple[str, ...]

    @property
    def code(self) -> str:
        """What it shows now."""
        return self.otp.at(self.clock())


def add_app(site: Site, clock: Callable[[], datetime], username: str) -> App:
    """Give an account an app; its first code was used a minute ago."""
    tenant, _ = site.snapshots.current()
    record = Accounts(site.database).find_by_name(tenant.id, username)
    assert record is not None
    server = site.server(clock() - 2 * STEP, Caller())
    setup = site.second_factors.start_totp(server, record.account)
    assert isinstance(setup, Setup)
    otp = app_of(setup.secret)
    added = site.second_factors.confirm_totp(server, record.account, otp.at(server.now))
    assert isinstance(added, Added)
    return App(record.account, otp, clock, added.backup_codes)


def app_of(secret: str) -> pyotp.TOTP:
    """An app into which somebody typed a key as a page shows it."""
    return pyotp.TOTP(secret.replace(" ", ""))
