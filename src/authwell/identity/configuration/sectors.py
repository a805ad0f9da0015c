"""Which clients of a plan bring a sector identifier that has to be fetched first."""

from authwell.identity.clients.sectors import MEMBER, Sector, sector_of
from authwell.identity.configuration.changes import Plan


class UncheckedSectors(Exception):
    """The plan cannot be carried out before these have been fetched; nothing was written."""

    def __init__(self, sectors: frozenset[Sector]) -> None:
        """Name them."""
        super().__init__(f"{len(sectors)} sectors are not checked")
        self.sectors = sectors


def unchecked_sectors(plan: Plan, checked: frozenset[Sector]) -> frozenset[Sector]:
    """The sectors of clients that are new, or whose URIs are."""
    found = (
        sector_of(change.key, change.values["record"].metadata)
        for change in plan.changes
        if change.kind == "client"
        and (change.action == "create" or {MEMBER, "redirect_uris"} & set(change.members))
    )
    return frozenset(sector for sector in found if sector is not None) - checked


def require_checked(plan: Plan, checked: frozenset[Sector]) -> None:
    """Stop before anything is written.

    Raises:
        UncheckedSectors: some have to be fetched.
    """
    missing = unchecked_sectors(plan, checked)
    if missing:
        raise UncheckedSectors(missing)
