"""Rules of webhooks and integrations."""

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
    "too_many_integrations": Explanation(
        "A tenant has at most 100 integrations.",
        "REQUIREMENTS.md J6",
        "Delete one at /integrations/{id}.",
    ),
    "invalid_signature": Explanation(
        "A message is signed by the secret of its integration, and is of the last five minutes.",
        "Standard Webhooks 1.0",
        "What was compared says what is wrong. Sign webhook-id, webhook-timestamp and the body as "
        "it is sent; /integrations/{id}/regenerate-secret makes another secret.",
    ),
    "changed_meanwhile": Explanation(
        "Nobody has changed the thing since it was read.",
        "RFC 9110 section 13.1.1",
        "Read it again, and send the change with what it is now.",
    ),
}
