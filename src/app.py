"""The application factory under its short name, and a development server when run as a script."""

import os

from authwell.app import create_app
from authwell.config.settings import read_settings

__all__ = ["create_app"]

if __name__ == "__main__":
    # Only a start by hand is development; an imported factory is production.
    os.environ.setdefault("ENVIRONMENT", "development")
    settings = read_settings()
    create_app(settings).run(host="127.0.0.1", port=settings.port)
