"""The audit log of one server: its periodic work with the parts that the settings name."""

from collections.abc import Callable
from dataclasses import dataclass

from authwell.config.settings import Settings
from authwell.identity.audit.chaining import Chaining
from authwell.identity.audit.depots import Depot, depot_of
from authwell.identity.audit.retention import Retention
from authwell.identity.audit.tokens import AuditKeys
from authwell.storage.database import Database
from authwell.utils.sealing import Sealer


@dataclass(frozen=True, slots=True)
class AuditService:
    """What chains, and what takes away."""

    chaining: Chaining
    retention: Retention

    @classmethod
    def of(
        cls,
        database: Database,
        sealer: Sealer,
        settings: Settings,
        count_alarm: Callable[[], None] = lambda: None,
    ) -> "AuditService":
        """From the settings; what counts alarms is the server's."""
        keys = AuditKeys(sealer)
        chaining = Chaining(
            database,
            keys,
            settings.audit_checkpoint_minutes,
            depot_of(settings.audit_checkpoints, settings),
            count_alarm=count_alarm,
        )
        archive: Depot | None = depot_of(settings.audit_archive, settings)
        kept = settings.audit_retention_days
        return cls(chaining, Retention(database, keys, kept, archive, count_alarm=count_alarm))
