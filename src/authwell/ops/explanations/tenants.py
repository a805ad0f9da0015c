"""Rules of what a tenant says is its own."""

from authwell.ops.explanations.model import Explanation, Explanations

TENANTS: Explanations = {
    "domain_taken": Explanation(
        "A domain is of the tenant that has shown it.",
        "API_DOCUMENTATION.md, Domains",
        "The other tenant forgets it, or its administrators are asked why they have it.",
    ),
    "domain_not_shown": Explanation(
        "A TXT record of challenge_name has the challenge, or the file at challenge_url as a line.",
        "API_DOCUMENTATION.md, Domains",
        "Ask for the record with dig, which the resolver of DNS_SERVER must see too; or fetch the file "
        "with curl: by https without a redirect, from an address that OUTGOING_ALLOW lists or that "
        "is public. The log lines domain.no_record and domain.unreachable say what was met.",
    ),
    "domain_in_use": Explanation(
        "A tenant keeps the domain at which it is found.",
        "API_DOCUMENTATION.md, Domains",
        "Let an administrator of the server move the tenant: authwell tenant set-host SLUG.",
    ),
    "host_not_shown": Explanation(
        "A tenant is found at a host that it has shown to be its own.",
        "API_DOCUMENTATION.md, Domains",
        "The tenant adds the host as a domain with the use host, shows the challenge, and verifies.",
    ),
    "too_many_domains": Explanation(
        "A tenant has at most 100 domains.",
        "API_DOCUMENTATION.md, Domains",
        "Forget one that is not needed.",
    ),
}
