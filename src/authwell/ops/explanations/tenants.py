"""Rules of what a tenant says is its own."""

from authwell.ops.explanations.model import Explanation, Explanations

TENANTS: Explanations = {
    "domain_taken": Explanation(
        "A domain is of the tenant that has shown it.",
        "API_DOCUMENTATION.md, Domains",
        "The other tenant forgets it, or its administrators are asked why they have it.",
    ),
    "domain_not_shown": Explanation(
        "The file at challenge_url has the challenge as a line of its own.",
        "API_DOCUMENTATION.md, Domains",
        "Fetch the file with curl; it must be had by https without a redirect, from an address that "
        "OUTGOING_ALLOW lists or that is public. The log line domain.unreachable says what was met.",
    ),
    "too_many_domains": Explanation(
        "A tenant has at most 100 domains.",
        "API_DOCUMENTATION.md, Domains",
        "Forget one that is not needed.",
    ),
}
