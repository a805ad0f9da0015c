"""The WSGI application: `gunicorn wsgi:app`."""

from authwell.app import create_app

app = create_app()
