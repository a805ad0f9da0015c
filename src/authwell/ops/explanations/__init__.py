"""What each rule means, where it stands, and what to do when it was broken."""

from authwell.ops.explanations.accounts import ACCOUNTS
from authwell.ops.explanations.administration import ADMINISTRATION
from authwell.ops.explanations.authorization import AUTHORIZATION
from authwell.ops.explanations.factors import FACTORS
from authwell.ops.explanations.first_party import FIRST_PARTY
from authwell.ops.explanations.model import Explanation, Explanations
from authwell.ops.explanations.passkeys import PASSKEYS
from authwell.ops.explanations.request_objects import REQUEST_OBJECTS
from authwell.ops.explanations.requests import REQUESTS
from authwell.ops.explanations.tenants import TENANTS
from authwell.ops.explanations.tokens import ENDED, TOKENS
from authwell.ops.explanations.webhooks import WEBHOOKS

__all__ = ["ENDED", "EXPLANATIONS", "Explanation"]

EXPLANATIONS: Explanations = {
    **ACCOUNTS,
    **ADMINISTRATION,
    **AUTHORIZATION,
    **REQUEST_OBJECTS,
    **TOKENS,
    **REQUESTS,
    **FIRST_PARTY,
    **FACTORS,
    **PASSKEYS,
    **WEBHOOKS,
    **TENANTS,
}
"""By the name that the log and the answers have for the rule."""
