"""The application factory under its short name, and a development server when run as a script."""

import os

from authwell.app import create_app

__all__ = ["create_app"]

if __name__ == "__main__":
    # Only a start by hand is development; an imported factory is production.
    os.environ.setdefault("ENVIRONMENT", "development")
    create_app().run(host="127.0.0.1", port=5000)
