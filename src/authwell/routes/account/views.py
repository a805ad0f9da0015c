"""`/account` and below: GET shows a page, POST acts on its form and leads back to it."""

from flask import Blueprint, Response

from authwell.middleware.account_pages import guard
from authwell.routes.account import activity, api_keys, applications, overview, profile, sessions

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


@blueprint.get("/sessions")
def show_sessions() -> Response:
    """Sessions and devices."""
    return sessions.show()


@blueprint.post("/sessions")
def end_sessions() -> Response:
    """End some of them."""
    return sessions.end()


@blueprint.get("/api-keys")
def show_api_keys() -> Response:
    """Keys for programs."""
    return api_keys.show()


@blueprint.post("/api-keys")
def create_api_key() -> Response:
    """Make one."""
    return api_keys.create()


@blueprint.post("/api-keys/remove")
def revoke_api_key() -> Response:
    """End one."""
    return api_keys.revoke()


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
