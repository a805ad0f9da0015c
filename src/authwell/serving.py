"""The WSGI application of the installed package: what `authwell serve` gives to a server."""

from authwell.app import create_app

app = create_app()
