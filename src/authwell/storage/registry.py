"""The snapshots of all tenants that a process has served (DESIGN.md section 4, tenancy).

A tenant is found by its slug, its issuer or its id. What is not there is not remembered:
strangers choose the names that they ask for.
"""

import re
from collections.abc import Callable
from typing import Final

from authwell.storage.configuration.edit import Configuration
from authwell.storage.errors import StorageUnavailable
from authwell.storage.snapshots import Snapshots, TenantGone
from authwell.storage.walls import no_wall

ROOT: Final = "default"
"""The tenant at the root of the host, whose administrators look after all others."""
MOST_KEPT: Final = 2_000
"""Snapshots in a process; the one that was loaded first makes place."""
MOST_OF_ISSUER: Final = 512

SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class Registry:
    """One `Snapshots` a tenant, made when it is first asked for."""

    def __init__(self, configuration: Configuration, make: Callable[[str], Snapshots]) -> None:
        """Take how a tenant's snapshots are made; nothing is loaded yet."""
        self._configuration = configuration
        self._make = make
        self.root = make(ROOT)
        self._known = {ROOT: self.root}
        self._slugs: dict[str, str] = {}
        self._issuers: dict[str, str] = {}

    def of(self, slug: str) -> Snapshots | None:
        """The snapshots of a tenant; None if there is none, or it was deleted.

        While the database is away, what is given says so when it is asked.
        """
        known = self._known.get(slug)
        if known is None and SLUG.fullmatch(slug) is None:
            return None
        found = known or self._make(slug)
        try:
            found.current()
        except TenantGone:
            self._known.pop(slug, None)
            return None
        except StorageUnavailable:
            return found
        return known or self._kept(slug, found)

    def of_issuer(self, issuer: str) -> Snapshots | None:
        """The same by the issuer, byte for byte."""
        slug = self._issuers.get(issuer)
        if slug is None:
            if len(issuer) > MOST_OF_ISSUER or not issuer.isascii() or not issuer.isprintable():
                return None
            with no_wall():
                slug = self._configuration.slug_of_issuer(issuer)
        found = None if slug is None else self.of(slug)
        if slug is None or found is None:
            return None
        if self._is_other(found, issuer):
            self._issuers.pop(issuer, None)
            return None
        _keep(self._issuers, issuer, slug)
        return found

    def of_id(self, tenant_id: str) -> Snapshots | None:
        """The same by the id that rows have."""
        slug = self._slugs.get(tenant_id)
        if slug is None:
            with no_wall():
                record = self._configuration.find_tenant_by_id(tenant_id)
            if record is None:
                return None
            slug = record.slug
        found = self.of(slug)
        if found is None:
            self._slugs.pop(tenant_id, None)
        else:
            _keep(self._slugs, tenant_id, slug)
        return found

    def forget(self, slug: str) -> None:
        """Read a tenant's stamp at the next request: someone says that it has changed."""
        known = self._known.get(slug)
        if known is not None:
            known.forget()

    def _is_other(self, found: Snapshots, issuer: str) -> bool:
        """Whether the tenant has moved to another issuer since."""
        try:
            return found.known().issuer != issuer
        except StorageUnavailable:
            return False

    def _kept(self, slug: str, found: Snapshots) -> Snapshots:
        known = self._known.setdefault(slug, found)
        if known is found and len(self._known) > MOST_KEPT:
            oldest = next(name for name in list(self._known) if name != ROOT)
            self._known.pop(oldest, None)
        return known


def _keep(names: dict[str, str], name: str, slug: str) -> None:
    if name not in names:
        if len(names) >= MOST_KEPT:
            names.clear()
        names[name] = slug
