"""Passwords that people choose: all that one is refused for, in one call."""

from authwell.config.settings import Settings
from authwell.identity.passwords.breached import BreachedPasswords
from authwell.identity.passwords.common import CommonPasswords
from authwell.identity.passwords.policy import (
    PasswordContext,
    Weakness,
    check_password,
    password_policy,
)
from authwell.protocol.model import Tenant
from authwell.utils.fetches import Fetches


class NewPasswords:
    """Checks a password before it becomes somebody's."""

    def __init__(self, settings: Settings, fetches: Fetches) -> None:
        """Take the settings with the rules and lists, and what breaches are asked by."""
        self._settings = settings
        self._common = CommonPasswords(settings.password_deny_list)
        asks = settings.breached_passwords == "range"
        self._breached = BreachedPasswords(
            fetches, settings.breached_passwords_url if asks else None
        )

    def weaknesses(
        self, tenant: Tenant, password: str, context: PasswordContext
    ) -> tuple[Weakness, ...]:
        """Why the password is refused, to be shown together; empty if it may be kept.

        Others are asked about it only when nothing else speaks against it.
        """
        found = check_password(password_policy(self._settings, tenant), password, context)
        if not found and self._common.has(password):
            found = (Weakness("common"),)
        if not found and self._breached.has(password):
            found = (Weakness("breached"),)
        return found
