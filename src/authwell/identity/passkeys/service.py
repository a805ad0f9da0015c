"""All that a process does with passkeys, built once."""

from dataclasses import dataclass

from authwell.config.settings import Settings
from authwell.identity.factors.second_factors import SecondFactors
from authwell.identity.login.guard import Guard
from authwell.identity.passkeys.authentication import Authentication
from authwell.identity.passkeys.candidates import Candidates
from authwell.identity.passkeys.keyring import Keyring
from authwell.identity.passkeys.registration import Registration
from authwell.storage.database import Database
from authwell.utils.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Registering them, logging in by them, and keeping them in order."""

    registration: Registration
    authentication: Authentication
    keyring: Keyring

    @classmethod
    def of(
        cls, database: Database, sealer: Sealer, factors: SecondFactors, settings: Settings
    ) -> "Passkeys":
        """Make the three of one database."""
        return cls(
            Registration(database, factors),
            Authentication(
                database,
                Candidates(database, sealer),
                Guard(database, settings),
                refuse_counter=settings.passkey_refuse_counter,
            ),
            Keyring(database, factors),
        )
