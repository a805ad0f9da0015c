"""`/account` and below: GET shows a page, POST acts on its form and leads back to it."""

from flask import Blueprint, Response

from authwell.middleware.account_pages import guard
from authwell.middleware.recency import require_recent_login
from authwell.routes.account import (
    activity,
    api_keys,
    app_codes,
    applications,
    confirm,
    deletion,
    email,
    export,
    overview,
    passkeys,
    password,
    profile,
    security,
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


@blueprint.get("/email")
@require_recent_login
def show_email() -> Response:
    """Another e-mail address."""
    return email.show()


@blueprint.post("/email")
@require_recent_login
def change_email() -> Response:
    """Send a link to it."""
    return email.change()


@blueprint.get("/security")
def show_security() -> Response:
    """All that lets one in."""
    return security.show()


@blueprint.get("/security/password")
@require_recent_login
def show_password() -> Response:
    """Another password."""
    return password.show()


@blueprint.post("/security/password")
@require_recent_login
def change_password() -> Response:
    """Change it."""
    return password.change()


@blueprint.get("/security/app")
@require_recent_login
def show_app() -> Response:
    """An authenticator app to be set up."""
    return app_codes.show()


@blueprint.post("/security/app")
@require_recent_login
def confirm_app() -> Response:
    """Let it count."""
    return app_codes.confirm()


@blueprint.get("/security/app/remove")
@require_recent_login
def ask_to_remove_app() -> Response:
    """Ask first."""
    return app_codes.ask_to_remove()


@blueprint.post("/security/app/remove")
@require_recent_login
def remove_app() -> Response:
    """Remove it."""
    return app_codes.remove()


@blueprint.get("/security/backup-codes")
@require_recent_login
def ask_to_renew_codes() -> Response:
    """Ask first."""
    return app_codes.ask_to_renew()


@blueprint.post("/security/backup-codes")
@require_recent_login
def renew_codes() -> Response:
    """Make new ones."""
    return app_codes.renew()


@blueprint.get("/export")
@require_recent_login
def show_export() -> Response:
    """What is held about the person."""
    return export.show()


@blueprint.post("/export")
@require_recent_login
def download_export() -> Response:
    """Take it."""
    return export.download()


@blueprint.get("/delete")
@require_recent_login
def ask_to_delete() -> Response:
    """What it means to delete the account."""
    return deletion.show()


@blueprint.post("/delete")
@require_recent_login
def delete_account() -> Response:
    """Delete it."""
    return deletion.delete()


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
@require_recent_login
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
