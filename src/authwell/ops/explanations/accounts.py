"""Rules of registering, of links in mails, and of passwords and addresses that change."""

from authwell.ops.explanations.model import Explanation, Explanations

ACCOUNTS: Explanations = {
    "registration_closed": Explanation(
        "People make accounts for themselves only where this is switched on.",
        "API_DOCUMENTATION.md, Accounts",
        "Set REGISTRATION_ENABLED=true, or `registration_enabled: true` in the tenant's policy; "
        "or make the account by `authwell user create`.",
    ),
    "link_invalid": Explanation(
        "A link from a mail works once, for its time, and while address and password are those "
        "that it was sent for; an invitation while whoever invited has an active account. The "
        "handle of the first administrator works only while there is none.",
        "OWASP ASVS 6.4.1",
        "The person asks for a new link. `authwell user send-reset NAME` sends one, "
        "`authwell invitation resend ID` another invitation; "
        "`authwell admin bootstrap` prints another handle; "
        "`authwell user verify-email NAME` verifies an address without a link.",
    ),
    "email_taken": Explanation(
        "An address belongs to one account of the tenant. This is said only where addresses are "
        "not verified; else their owner is written to.",
        "API_DOCUMENTATION.md, Accounts",
        "Log in with the account of the address, or set its password anew.",
    ),
}
