"""`/account` and below: GET shows a page, POST acts on its form and leads back to it."""

from flask import Blueprint, Response

from authwell.middleware.account_pages import guard
from authwell.routes.account import (
    activity,
    api_keys,
    applications,
    confirm,
    overview,
    passkeys,
    profile,
    sessions,
)

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


@blueprint.get("/confirm")
def show_confirm() -> Response:
    """Ask once more who it is."""
    return confirm.show()


@blueprint.post("/confirm")
def submit_confirm() -> Response:
    """Check the password."""
    return confirm.submit()


@blueprint.post("/confirm/passkey/options")
def begin_confirm_passkey() -> Response:
    """Begin with a passkey."""
    return confirm.begin_passkey()


@blueprint.post("/confirm/passkey")
def submit_confirm_passkey() -> Response:
    """Check it."""
    return confirm.submit_passkey()


@blueprint.get("/passkeys")
def show_passkeys() -> Response:
    """The passkeys of the account."""
    return passkeys.show()


@blueprint.post("/passkeys/options")
def begin_passkey() -> Response:
    """Begin a new one."""
    return passkeys.begin()


@blueprint.post("/passkeys")
def add_passkey() -> Response:
    """Keep it."""
    return passkeys.add()


@blueprint.post("/passkeys/rename")
def rename_passkey() -> Response:
    """Call one otherwise."""
    return passkeys.rename()


@blueprint.post("/passkeys/remove")
def remove_passkey() -> Response:
    """Remove one."""
    return passkeys.remove()
