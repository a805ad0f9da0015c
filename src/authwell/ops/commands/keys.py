"""`authwell keys`: signing keys by hand; the calendar does the same by itself."""

from pathlib import Path

import click
import orjson

from authwell.identity.audit.chaining import sign_anew
from authwell.identity.audit.tokens import AuditKeys
from authwell.identity.keys.keeper import (
    KeyKeeper,
    NoSuchKey,
    NotRotated,
    algorithms_of,
    key_keeper,
)
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.ops.administration import confirm, without_question
from authwell.ops.context import Opened, opened
from authwell.protocol.jose.keys import DECRYPTION_ALGS, UnusableKey
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.keys import KeyRecord
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.pairwise import reseal_key
from authwell.utils.clock import utc_now

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def keys() -> None:
    """Signing keys: next, active, retiring, retired."""


@keys.command("list")
@as_json
def list_keys(as_json: bool) -> None:
    """Print all keys, the oldest first; private parts are never printed."""
    with opened() as parts:
        records = _keeper(parts).keys.list(_tenant(parts).id)
    if as_json:
        click.echo(orjson.dumps([_public(record) for record in records]).decode())
        return
    for record in records:
        since = record.retired_at or record.retiring_at or record.activated_at or record.created_at
        click.echo(f"{record.alg:<7} {record.state:<9} {since:%F %T} UTC  {record.kid}")


@keys.command()
@click.option("--alg", help="Only this algorithm; all if left out.")
@click.option("--now", "at_once", is_flag=True, help="Do not wait for caches: a key is known.")
def rotate(alg: str | None, at_once: bool) -> None:
    """Let the next keys take over; the earlier ones stay published until their tokens have expired."""
    with opened() as parts:
        tenant, keeper = _tenant(parts), _keeper(parts)
        algs = algorithms_of(tenant, parts.settings)
        if alg is not None and alg not in algs:
            raise click.ClickException(f"{alg} is not one of {', '.join(algs)}.")
        for each in algs if alg is None else (alg,):
            try:
                kid = keeper.rotate(tenant.id, each, utc_now(), at_once=at_once)
            except NotRotated as error:
                raise click.ClickException(str(error)) from error
            does = "is encrypted to" if each in DECRYPTION_ALGS else "signs"
            click.echo(f"{each}: {kid} {does} from now on.")


@keys.command()
@click.argument("kid")
@without_question
def revoke(kid: str, yes: bool) -> None:
    """Take a key away that others know: nothing that it signed is believed any more."""
    confirm(f"Revoke key {kid}? Tokens that it signed end.", yes=yes)
    with opened() as parts:
        try:
            _keeper(parts).revoke(_tenant(parts).id, kid, utc_now())
        except NoSuchKey as error:
            raise click.ClickException(f"There is no key {kid}.") from error
        except NotRotated as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Key {kid} is revoked. Relying parties that cached it take JWKS_MAX_AGE to know.")


@keys.command()
@as_json
def plan(as_json: bool) -> None:
    """Print what the calendar will do, the earliest first."""
    with opened() as parts:
        steps = _keeper(parts).plan(_tenant(parts).id)
    if as_json:
        found = [
            {"at": step.at, "action": step.action, "alg": step.alg, "kid": step.kid}
            for step in steps
        ]
        click.echo(orjson.dumps(found).decode())
        return
    does = {"activate": "begins to sign", "retire": "is published no more"}
    for step in steps:
        what = does[step.action]
        if step.action == "activate" and step.alg in DECRYPTION_ALGS:
            what = "is encrypted to"
        click.echo(f"{step.at:%F %T} UTC  {step.alg:<7} {step.kid} {what}")


@keys.command()
def reencrypt() -> None:
    """Seal under KEY_ENCRYPTION_KEY what a key of KEY_ENCRYPTION_KEY_OLD sealed, in all tenants."""
    moved = 0
    with opened() as parts:
        for tenant in Configuration(parts.database).list_tenants():
            moved += _keeper(parts).reencrypt(tenant.id)
            reseal_key(parts.database, parts.sealer, tenant)
        sign_anew(parts.database, AuditKeys(parts.sealer), utc_now())
    click.echo(f"{moved} private keys are sealed anew under KEY_ENCRYPTION_KEY.")


@keys.command("import")
@click.argument(
    "files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
def import_keys(files: tuple[Path, ...]) -> None:
    """Take private keys from PEM files: the first of an algorithm signs, others come next."""
    with opened() as parts:
        tenant, keeper = _tenant(parts), _keeper(parts)
        for file in files:
            try:
                record = keeper.import_pem(tenant.id, file.read_bytes(), utc_now())
            except UnusableKey as error:
                raise click.ClickException(f"{file}: {error}.") from error
            if record is None:
                click.echo(f"{file}: nothing to do, the key is kept already.")
            else:
                click.echo(f"{file}: {record.alg} key {record.kid} is {record.state}.")


def _tenant(parts: Opened) -> TenantRecord:
    if parts.tenant == ROOT:
        return ensure_default_tenant(parts.database, parts.settings, utc_now())
    found = Configuration(parts.database).find_tenant(parts.tenant)
    if found is None or found.status == "deleted":
        raise click.ClickException(f"There is no tenant {parts.tenant!r}.")
    return found


def _keeper(parts: Opened) -> KeyKeeper:
    return key_keeper(parts.database, parts.sealer, parts.settings)


def _public(record: KeyRecord) -> dict[str, object]:
    shown = ("kid", "alg", "state", "created_at", "activates_at", "activated_at", "retiring_at")
    return {name: getattr(record, name) for name in (*shown, "retired_at", "revoked_at")}
