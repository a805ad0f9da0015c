"""Whether the request that is served may have a mail sent (THREATS.md RC-07)."""

from authwell.identity.mail.limits import Purpose
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.counted import peer


def mail_allowed(purpose: Purpose, to: str) -> bool:
    """Count one ask for a mail to an address; False: send none, and answer as if one was sent.

    Counted for the address within its purpose (RATE_LIMIT_PASSWORD_RESET, MAGIC_LINK_RATE_LIMIT),
    for the address (RATE_LIMIT_MAILS_PER_ADDRESS) and for whoever asks
    (RATE_LIMIT_MAILS_PER_IP). Call it once in a request, before looking for an account.
    """
    server = authorization_server()
    return site().mail_limits.allow(server.tenant.id, purpose, to, peer(), server.now)
