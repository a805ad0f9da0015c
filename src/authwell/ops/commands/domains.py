"""`authwell domain`: domains that a tenant names, and shows to be its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from authwell.identity.domains.names import InvalidDomain
from authwell.identity.domains.service import (
    MOST,
    DomainNotShown,
    DomainTaken,
    TenantDomains,
    TooManyDomains,
    file_url,
    record_name,
)
from authwell.ops.administration import (
    Operator,
    as_json,
    confirm,
    operator,
    print_entry,
    print_rows,
    without_question,
)
from authwell.storage.tenancy.domains import DomainInUse, DomainRecord, Domains, Use
from authwell.utils.text_records import TextRecords

_named = click.argument("name", metavar="DOMAIN")
_use = click.option("--use", type=click.Choice(["email", "host"]), default="email")


@click.group()
def domain() -> None:
    """Domains: whose e-mail addresses are whose people, and which hosts are whose."""


@domain.command("list")
@as_json
def list_domains(as_json: bool) -> None:
    """Print the domains, and which of them were verified."""
    with _desk() as (here, _):
        found = [_shown(one) for one in _of(here)]
    print_rows(found, ("domain", "use", "verified_at", "challenge"), as_json=as_json)


@domain.command()
@_named
@_use
@as_json
def add(name: str, use: Use, as_json: bool) -> None:
    """Name a domain, and print what shows that it is the tenant's."""
    with _desk() as (here, domains):
        record = domains.add(here.tenant_id, name, use, here.author)
    ways = {"txt_record": record_name(record), "file": file_url(record)}
    print_entry({**_shown(record), **ways}, as_json=as_json)


@domain.command()
@_named
@_use
def verify(name: str, use: Use) -> None:
    """Look for the TXT record, then for the file; the domain counts once one has the challenge."""
    with _desk() as (here, domains):
        domains.verify(here.tenant_id, _found(here, name, use).id, here.author)
    click.echo("The domain is verified.")


@domain.command()
@_named
@_use
@without_question
def remove(name: str, use: Use, yes: bool) -> None:
    """Forget a domain; whoever shows it next has it."""
    confirm(f"Remove the domain {name}?", yes=yes)
    with _desk() as (here, domains):
        domains.remove(here.tenant_id, _found(here, name, use).id, here.author)
    click.echo("The domain is removed.")


@contextmanager
def _desk() -> Iterator[tuple[Operator, TenantDomains]]:
    """What the commands work with; what is refused becomes a sentence and exit code 1."""
    with operator() as here:
        settings = here.parts.settings
        records = TextRecords(settings.dns_server)
        domains = TenantDomains(here.parts.database, settings, here.configurator.fetches, records)
        try:
            yield here, domains
        except InvalidDomain as error:
            raise click.ClickException(f"That is {error}.") from error
        except DomainTaken as error:
            raise click.ClickException("It is named already, or another tenant's.") from error
        except TooManyDomains as error:
            raise click.ClickException(f"A tenant has at most {MOST}; remove one.") from error
        except DomainInUse as error:
            raise click.ClickException(
                "The tenant is found at this host: `tenant set-host`."
            ) from error
        except DomainNotShown as error:
            raise click.ClickException(
                "Neither the TXT record nor the file has the challenge."
            ) from error


def _of(here: Operator) -> tuple[DomainRecord, ...]:
    return Domains(here.parts.database).list(here.tenant_id, limit=MOST)


def _found(here: Operator, name: str, use: Use) -> DomainRecord:
    for record in _of(here):
        if (record.domain, record.use) == (name.lower(), use):
            return record
    raise click.ClickException(f"The tenant has not named {name} for {use}.")


def _shown(record: DomainRecord) -> dict[str, Any]:
    return {
        "domain": record.domain,
        "use": record.use,
        "verified_at": record.verified_at.isoformat() if record.verified_at else "",
        "challenge": record.challenge,
    }
