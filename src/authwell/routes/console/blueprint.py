"""The blueprint of the console; each page adds itself, and `views.py` names them all."""

from flask import Blueprint

from authwell.middleware.console_pages import guard
from authwell.routes.console import errors

blueprint = Blueprint("console", __name__, url_prefix="/console")
guard(blueprint)
errors.register(blueprint)
