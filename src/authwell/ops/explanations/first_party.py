"""Rules of the first-party API."""

from authwell.ops.explanations.model import Explanation, Explanations

FIRST_PARTY: Explanations = {
    "invalid_credentials": Explanation(
        "Name and password belong together, and the account may log in.",
        "THREATS.md AU-01",
        "The line `login.failed` of the same request says which it was; the answer says neither "
        "to anybody. A locked account opens by time.",
    ),
}
