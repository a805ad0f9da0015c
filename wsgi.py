"""The WSGI application: `gunicorn wsgi:app`."""

from authwell.serving import app

__all__ = ["app"]
