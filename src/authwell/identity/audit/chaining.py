"""The work of each second: chain what is new, sign the ends, keep and ship checkpoints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authwell.identity.audit.alarm import Alarm
from authwell.identity.audit.depots import Depot, DepotError
from authwell.identity.audit.tokens import CHECKPOINT, AuditKeys, ends_are_signed, token_digest
from authwell.protocol.events import SECURITY
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.storage.audit.chain.linking import BATCH, link_pending
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.database import Database
from authwell.storage.people.erasure import scrubbed
from authwell.storage.statements import Row
from authwell.utils.logs import get_logger

MOST_BATCHES: Final = 20
"""In one run, so that other tasks have their turn; the next begins a second later."""
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chaining:
    """Runs in one process at a time; two at once would only share the work.

    Attributes:
        keys: sign checkpoints.
        every: how often a chain that moves gets a checkpoint that is kept.
        depot: where these are shipped to; None: they stay in the database.
        logs: whether security events are logged; a command's output is no log.
        count_alarm: counts a log that is found to be broken.
    """

    database: Database
    keys: AuditKeys
    every: timedelta
    depot: Depot | None = None
    logs: bool = True
    count_alarm: Callable[[], None] = lambda: None

    def run(self, now: datetime) -> dict[str, int]:
        """Do what there is; how much it was."""
        linked = 0
        for _ in range(MOST_BATCHES):
            batch = link_pending(self.database, now)
            linked += len(batch)
            if self.logs:
                _log_security(batch)
            if len(batch) < BATCH:
                break
        done = {"linked": linked, "checkpoints": self._keep(now), "shipped": self._ship(now)}
        return {name: number for name, number in done.items() if number}

    def _keep(self, now: datetime) -> int:
        checkpoints = Checkpoints(self.database)
        for chain in checkpoints.unsigned():
            problem = problem_at_end(self.database, self.keys, chain)
            if problem is None:
                checkpoints.sign(chain, self.keys.checkpoint(chain, now))
            else:
                Alarm(self.database, self.count_alarm).sound(chain.tenant_id, problem, now)
        due = checkpoints.due(now - self.every)
        return sum(checkpoints.keep(chain, token_digest(chain.token), now) for chain in due)

    def _ship(self, now: datetime) -> int:
        if self.depot is None:
            return 0
        checkpoints = Checkpoints(self.database)
        shipped = 0
        for checkpoint in checkpoints.unshipped():
            name = f"checkpoints/{checkpoint.tenant_id}/{checkpoint.seq:012d}.jwt"
            try:
                self.depot.put(name, checkpoint.token.encode())
            except DepotError as error:
                log.warning("audit.not_shipped", checkpoint=name, problem=str(error))
                break
            checkpoints.mark_shipped(checkpoint, now)
            shipped += 1
        return shipped


def sign_anew(database: Database, keys: AuditKeys, now: datetime) -> int:
    """Sign with the present key the ends that an older one signed; how many there were."""
    checkpoints = Checkpoints(database)
    older = [
        chain
        for chain in checkpoints.chains()
        if chain.is_signed and chain.token is not None and keys.is_older(chain.token)
    ]
    sound = [chain for chain in older if problem_at_end(database, keys, chain) is None]
    for chain in sound:
        checkpoints.sign(chain, keys.checkpoint(chain, now))
    return len(sound)


def _log_security(events: Sequence[Row]) -> None:
    """One line for each security event, once it is committed (REQUIREMENTS.md L7)."""
    for row in events:
        if row.type in SECURITY:
            log.info(
                "SecurityEvent",
                type=row.type,
                id=row.id,
                occurred_at=row.at.isoformat(),
                tenant_id=row.tenant_id,
                account_id=row.account_id,
                client_id=row.client_id,
                session_id=row.session_id,
                actor=row.actor,
                address=row.address,
                user_agent=row.user_agent,
                request_id=row.request_id,
                data=scrubbed(row.data),
            )


def problem_at_end(database: Database, keys: AuditKeys, chain: Row) -> str | None:
    """Why a chain must not be signed: what was signed last is not there. None if all is well."""
    if chain.token is None:
        is_new = chain.base_seq == 0 and chain.kept_seq == 0
        return None if is_new else "the signature of its end is missing"
    claims = keys.open(chain.token, CHECKPOINT)
    if claims is None or not ends_are_signed(chain, claims):
        return "its ends are not those that were signed"
    if claims["seq"] <= chain.base_seq:
        return None
    found = ChainReader(database, chain.tenant_id).hash_of(claims["seq"])
    if found is None or found.hex() != claims["hash"]:
        return f"event {claims['seq']}, which was signed last, is missing or another"
    return None
