"""Links that letters bring to people: kept, looked at and taken in one way (THREATS.md RC-02, RC-03).

Each is bound to something of its account. Whether that is still so is asked when the link is looked
at, and once more of the locked account when it is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from authwell.identity.people.desk import AccountDesk, InvalidLink
from authwell.protocol.server import AuthorizationServer
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Transaction
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import Link, put_link, take_link
from authwell.utils.randomness import digest, new_secret
from authwell.utils.urls import below


@dataclass(frozen=True, slots=True)
class MailedLinks:
    """Links of one kind.

    Attributes:
        kind: `handles.kind`.
        prefix: of their tokens.
        path: of the page that they lead to.
        is_for: whether an account is still as it was when a link was made for it.
    """

    kind: str
    prefix: str
    path: str
    is_for: Callable[[Link, AccountRecord], bool]

    def put(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        record: AccountRecord,
        lifetime: timedelta,
        data: Mapping[str, Any],
        browser: bytes | None = None,
    ) -> str:
        """Keep a link; the address that its letter names.

        Args:
            transaction: of the letter too.
            server: of this request.
            record: the account.
            lifetime: how long it works.
            data: what it is bound to, and what waits for it.
            browser: the digest of the secret of the browser that asked for it.
        """
        token = new_secret(self.prefix)
        link = Link(
            digest=digest(token),
            tenant_id=server.tenant.id,
            kind=self.kind,
            account_id=record.id,
            created_at=server.now,
            expires_at=server.now + lifetime,
            browser_digest=browser,
            data=data,
        )
        put_link(transaction, link)
        return below(server.issuer, f"{self.path}?token={token}")

    def find(
        self, desk: AccountDesk, server: AuthorizationServer, token: str
    ) -> tuple[Link, AccountRecord]:
        """A link that works, and whose it is; it can still be used afterwards.

        Raises:
            InvalidLink: it does not.
        """
        link, record = desk.find_link(server, self.kind, token)
        if not self.is_for(link, record):
            raise InvalidLink("address, password or status changed since it was sent")
        return link, record

    def take(
        self, transaction: Transaction, server: AuthorizationServer, link: Link
    ) -> AccountRecord:
        """Use a link up; its account, which is locked now.

        Raises:
            InvalidLink: it was used, or the account changed, since it was looked at.
        """
        record = PeopleEdit(transaction, server.tenant.id, server.now).lock(str(link.account_id))
        taken = take_link(transaction, server.tenant.id, self.kind, link.digest, server.now)
        if taken is None or record is None or not self.is_for(taken, record):
            raise InvalidLink("used or changed meanwhile")
        return record
