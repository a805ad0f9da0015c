"""The periodic work of a server: clean-up, key calendar, events for webhooks, the audit log."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from authwell.config.settings import Settings
from authwell.identity.administration.blocks import Blocking
from authwell.identity.audit.service import AuditService
from authwell.identity.keys.keeper import key_keeper
from authwell.identity.webhooks import fanout
from authwell.identity.webhooks.fanout import FanOut
from authwell.ops.schedules import Schedules, Task
from authwell.storage.cleanup import CleanUp
from authwell.storage.configuration.edit import Configuration
from authwell.storage.database import Database
from authwell.storage.tenancy.erasure import erase_deleted
from authwell.storage.work.leases import Leases
from authwell.utils.clock import Clock, utc_now
from authwell.utils.randomness import new_id
from authwell.utils.sealing import Sealer

# What a used refresh token keeps for a retry has to go within a minute.
CLEAN_UP_EVERY: Final = timedelta(seconds=30)
TENANTS_EVERY: Final = timedelta(minutes=1)
BLOCKS_EVERY: Final = timedelta(seconds=10)
CALENDAR_EVERY: Final = timedelta(minutes=10)
CHAIN_EVERY: Final = timedelta(seconds=1)
RETENTION_EVERY: Final = timedelta(hours=1)


def tasks(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    when_due: Callable[[], None] = lambda: None,
    count_alarm: Callable[[], None] = lambda: None,
) -> tuple[Task, ...]:
    """What has to be done again and again on this database.

    Args:
        database: where.
        sealer: opens what is kept sealed.
        settings: of the server.
        when_due: called when something is to be delivered.
        count_alarm: called when the audit log is found to be broken.
    """
    clean_up = CleanUp(
        database,
        idle=settings.session_inactivity_timeout_days,
        unused=settings.unused_client_expire_days,
        erased_after=settings.account_erase_days,
    )
    keeper = key_keeper(database, sealer, settings)

    def clean(now: datetime) -> Mapping[str, int]:
        touched = clean_up.run_alone(new_id(), now) or {}
        return {name: number for name, number in touched.items() if number}

    def erase_tenants(now: datetime) -> int:
        return erase_deleted(database, now)

    def follow_calendar(now: datetime) -> list[str]:
        return [
            f"{step.action} {step.alg} {step.kid}"
            for tenant in Configuration(database).list_tenants()
            if tenant.status != "deleted"
            for step in keeper.follow_calendar(tenant.id, now)
        ]

    log = AuditService.of(database, sealer, settings, count_alarm)
    return (
        Task("periodic:clean-up", CLEAN_UP_EVERY, clean),
        Task("periodic:deleted-tenants", TENANTS_EVERY, erase_tenants),
        Task("periodic:expired-blocks", BLOCKS_EVERY, Blocking(database).lift_expired),
        Task("periodic:key-calendar", CALENDAR_EVERY, follow_calendar),
        Task("periodic:webhooks", fanout.EVERY, FanOut(database, when_due).run),
        Task("periodic:audit-chain", CHAIN_EVERY, log.chaining.run, is_quiet=True),
        Task("periodic:audit-retention", RETENTION_EVERY, log.retention.run),
    )


def schedules(
    database: Database,
    sealer: Sealer,
    settings: Settings,
    clock: Clock = utc_now,
    when_due: Callable[[], None] = lambda: None,
    count_alarm: Callable[[], None] = lambda: None,
) -> Schedules:
    """The periodic work of one process; it begins with `start`."""
    found = tasks(database, sealer, settings, when_due, count_alarm)
    return Schedules(found, Leases(database), clock)
