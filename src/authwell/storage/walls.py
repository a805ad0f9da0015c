"""The second wall between tenants: row level security of PostgreSQL (decision 0015).

Each statement names its tenant; that is the first wall. Behind it, work that is done inside
`wall(tenant_id)` runs as the role `authwell_tenant`, which sees the rows of this tenant only: a
statement that forgets its tenant finds nothing of others, and writes nothing into them. The
tables' owner is not held up, so hot paths are as fast as without. On SQLite there is the first
wall only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Boolean, text

from authwell.storage.statements import Statement

_tenant: ContextVar[str | None] = ContextVar("authwell_wall", default=None)

# Roles belong to a server and not to a database: the first database that needs this one makes it.
_MAKE_ROLE: Final = """
DO $wall$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authwell_tenant') THEN
    CREATE ROLE authwell_tenant NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE WARNING 'Walls between tenants need a role: CREATE ROLE authwell_tenant NOLOGIN';
END $wall$
"""
_GRANT_ROLE: Final = """
DO $wall$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'authwell_tenant') THEN
    IF NOT pg_has_role(current_user, 'authwell_tenant', 'MEMBER') THEN
      EXECUTE format('GRANT authwell_tenant TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO authwell_tenant', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO authwell_tenant',
                   current_schema());
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO authwell_tenant', current_schema());
    EXECUTE format('REVOKE ALL ON %I.alembic_version FROM authwell_tenant', current_schema());
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN
    RAISE WARNING 'Walls between tenants: this user may not become authwell_tenant';
END $wall$
"""
# A table with a tenant gets its wall when a migration has made it, whoever wrote the migration; a
# partition has one of its own, because that of its table does not hold for who names the partition.
_RAISE: Final = """
DO $wall$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT c.oid::regclass AS name,
           CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS tenant
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace
      AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
      AND (c.relname = 'tenants' OR EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped))
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', found.name);
    EXECUTE format('CREATE POLICY own_tenant ON %s USING (%I = current_setting(%L, true))',
                   found.name, found.tenant, 'authwell.tenant');
  END LOOP;
END $wall$
"""
RAISE_WALLS: Final = (_MAKE_ROLE, _RAISE, _GRANT_ROLE)
"""What a run of migrations ends with; each may run again."""

RAISE_MISSING: Final = Statement(text(_RAISE.replace(":", r"\:")))
"""Inside the transaction that makes a partition."""

BEGIN: Final = "BEGIN; SET LOCAL ROLE authwell_tenant; SELECT set_config('authwell.tenant', %(tenant_id)s, true)"
"""One round trip; role and tenant end with the transaction."""

ARE_RAISED: Final = Statement(
    text(
        "SELECT coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles"
        " WHERE rolname = 'authwell_tenant'), false) AS raised"
    ).columns(raised=Boolean())
)


@contextmanager
def wall(tenant_id: str) -> Iterator[None]:
    """Let all that this thread does meanwhile see one tenant's rows only."""
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


@contextmanager
def no_wall() -> Iterator[None]:
    """For what is everybody's, such as the snapshots of all tenants, while a wall stands."""
    token = _tenant.set(None)
    try:
        yield
    finally:
        _tenant.reset(token)


def walled_tenant() -> str | None:
    """The tenant behind whose wall this thread works; None outside."""
    return _tenant.get()
