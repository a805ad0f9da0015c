"""Twenty at once with one link, code or challenge: exactly one gets in."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from authwell.config.settings import load_settings
from authwell.identity.login.magic_links import Asked, MagicLinkRefused, MagicLinks
from authwell.identity.mail.letters import MAIL, Letters
from authwell.identity.passkeys import challenges
from authwell.identity.passkeys.challenges import Ceremony
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.people.links import Links
from authwell.storage.work.outbox import Outbox
from authwell.utils.sealing import Sealer
from tests.identity.conftest import DEVELOPMENT
from tests.protocol.conftest import make_world
from tests.races.runners import Race, processes, race
from tests.storage.worlds import ACCOUNT, LATER, NOW, TENANT

__all__ = ["processes", "race"]

SEALER = Sealer(bytes(range(32)))
BROWSER = "browser-1"
LOGIN = Ceremony(challenges.LOGIN, BROWSER)


def server() -> AuthorizationServer:
    """The same in each process."""
    found = make_world().server
    return replace(found, tenant=replace(found.tenant, id=TENANT), now=NOW)


def magic_links(database: Database) -> MagicLinks:
    return MagicLinks(database, SEALER, Letters(SEALER), load_settings(DEVELOPMENT))


def token_of_the_mail(database: Database) -> str:
    (entry,) = Outbox(database).claim(MAIL, LATER)
    link = Letters(SEALER).open(entry).values["link"]
    return link.partition("token=")[2]


def gets_in(call: Callable[[], object]) -> bool:
    try:
        call()
    except (MagicLinkRefused, PasskeyRefused):
        return False
    return True


def use_link(database: Database, _number: int, token: str) -> bool:
    return gets_in(lambda: magic_links(database).use(server(), token, BROWSER))


def use_code(database: Database, _number: int, request: str, code: str) -> bool:
    return gets_in(lambda: magic_links(database).confirm(server(), request, code, BROWSER))


def use_challenge(database: Database, _number: int, challenge: str) -> bool:
    return gets_in(lambda: challenges.finish(Links(database), server(), LOGIN, challenge))


@pytest.mark.req("2.7", "RC-12")
def test_a_link_lets_one_in(race: Race) -> None:
    database = Database(race.url)
    magic_links(database).send(server(), Asked(ACCOUNT.email or "", BROWSER))

    got_in = race.run(use_link, token_of_the_mail(database))

    assert got_in.count(True) == 1


@pytest.mark.req("RC-12")
def test_its_code_lets_one_in(race: Race) -> None:
    database = Database(race.url)
    links = magic_links(database)
    request = links.send(server(), Asked(ACCOUNT.email or "", BROWSER))
    code = links.show_code(server(), token_of_the_mail(database))

    got_in = race.run(use_code, request, code)

    assert got_in.count(True) == 1


@pytest.mark.req("PA-02")
def test_a_challenge_ends_one_ceremony(race: Race) -> None:
    database = Database(race.url)

    got_in = race.run(use_challenge, challenges.begin(Links(database), server(), LOGIN))

    assert got_in.count(True) == 1
