"""What views change the configuration by."""

from dataclasses import replace
from typing import Final

from flask import current_app

from authwell.identity.configuration.service import Configurator
from authwell.identity.passwords.hashing import Passwords
from authwell.middleware.context import authorization_server, site

_EXTENSION: Final = "authwell.configurator"


def configurator() -> Configurator:
    """That of the request's tenant; one is made when it is first needed."""
    found: Configurator | None = current_app.extensions.get(_EXTENSION)
    if found is None:
        here = site()
        passwords = Passwords.of(here.settings, parallel=1)
        found = Configurator.of(here.database, here.settings, passwords, here.secrets, here.fetches)
        current_app.extensions[_EXTENSION] = found
    return replace(found, slug=authorization_server().tenant.slug)
