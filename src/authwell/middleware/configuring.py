"""What changes the configuration for the pages and APIs of administrators."""

from flask import current_app

from authwell.identity.configuration.service import Configurator
from authwell.identity.passwords import Passwords
from authwell.middleware.context import site

_EXTENSION = "authwell.configurator"


def configurator() -> Configurator:
    """The one of this application, made when it is first needed."""
    found: Configurator | None = current_app.extensions.get(_EXTENSION)
    if found is None:
        here = site()
        passwords = Passwords.of(here.settings, parallel=1)
        found = Configurator.of(here.database, here.settings, passwords, here.secrets, here.fetches)
        current_app.extensions[_EXTENSION] = found
    return found
