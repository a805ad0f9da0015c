"""The name by which document 004's recipe for new endpoints demands a logged-in caller (A13)."""

from authwell.middleware.api.callers import require_account


class AuthMiddleware:
    """Decorators for views: `@AuthMiddleware.require_auth` under `@blueprint.route(...)`."""

    require_auth = staticmethod(require_account())
    """An access token of our own login is demanded; `signed_in()` tells whose."""
