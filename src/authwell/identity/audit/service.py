"""The audit log of one server: its periodic work with the parts that the settings name."""

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
    def of(cls, database: Database, sealer: Sealer, settings: Settings) -> "AuditService":
        """From the settings."""
        keys = AuditKeys(sealer)
        chaining = Chaining(
            database,
            keys,
            settings.audit_checkpoint_minutes,
            depot_of(settings.audit_checkpoints, settings),
        )
        archive: Depot | None = depot_of(settings.audit_archive, settings)
        return cls(chaining, Retention(database, keys, settings.audit_retention_days, archive))
