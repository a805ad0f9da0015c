"""`/account` and below: GET shows a page, POST acts on its form and leads back to it."""

from flask import Blueprint, Response

from authwell.middleware.account_pages import guard
from authwell.routes.account import activity, applications, overview, profile

blueprint = Blueprint("account", __name__, url_prefix="/account")
guard(blueprint)


@blueprint.get("")
def show_overview() -> Response:
    """What there is to look after."""
    return overview.show()


@blueprint.get("/profile")
def show_profile() -> Response:
    """Names, language and picture."""
    return profile.show()


@blueprint.post("/profile")
def change_profile() -> Response:
    """Change them."""
    return profile.change()


@blueprint.get("/applications")
def show_applications() -> Response:
    """The clients with access to the account."""
    return applications.show()


@blueprint.post("/applications")
def remove_application() -> Response:
    """Take the access of one back."""
    return applications.remove()


@blueprint.get("/activity")
def show_activity() -> Response:
    """What happened with the account, a page at a time."""
    return activity.show()
