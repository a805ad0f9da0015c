"""Rules of webhooks."""

from authwell.ops.explanations.model import Explanation, Explanations

WEBHOOKS: Explanations = {
    "too_many_webhook_endpoints": Explanation(
        "A tenant has at most 20 webhook endpoints.",
        "THREATS.md WH-06",
        "Delete one at /webhook-endpoints/{id}, or let one endpoint take more types of events.",
    ),
    "endpoint_disabled": Explanation(
        "A test message goes to an endpoint that is active.",
        "THREATS.md WH-06",
        "Its `problem` says whether the server has disabled it; set `status` to active.",
    ),
    "changed_meanwhile": Explanation(
        "Nobody has changed the thing since it was read.",
        "RFC 9110 section 13.1.1",
        "Read it again, and send the change with what it is now.",
    ),
}
