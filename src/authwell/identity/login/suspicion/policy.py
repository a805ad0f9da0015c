"""What happens when a rule of suspicious activity applies: the defaults, and a tenant's wishes."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from authwell.protocol.policy import InvalidPolicy

Action = Literal["ignore", "notify", "step_up", "block"]
"""ignore: nothing. notify: the person gets a letter. step_up: the same, and a second factor is
asked for also where the device is trusted. block: the login is refused.

What is noticed after a login (a token or a passkey that was copied) cannot be refused any more:
step_up ends the sessions of the account and the trust in its devices, block its tokens as well.
"""

MEMBER: Final = "suspicious_activity"
DEFAULTS: Final[Mapping[str, Action]] = {
    "new_device": "notify",
    "new_country": "notify",
    "impossible_travel": "step_up",
    "many_failures": "notify",
    "refresh_token_reuse": "notify",
    "counter_regression": "notify",
}
"""Every rule there is, the gravest of what is told together last."""


def actions(policy: Mapping[str, Any]) -> Mapping[str, Action]:
    """The action of each rule under a tenant's policy.

    Raises:
        InvalidPolicy: there is no such rule or action.
    """
    wanted = policy.get(MEMBER)
    if wanted is None:
        return DEFAULTS
    if not isinstance(wanted, Mapping):
        raise InvalidPolicy(f"policy.{MEMBER}: must say for rules what to do")
    known = get_args(Action)
    for rule, action in wanted.items():
        if rule not in DEFAULTS:
            raise InvalidPolicy(f"policy.{MEMBER}: there is no rule {rule!r}")
        if action not in known:
            raise InvalidPolicy(f"policy.{MEMBER}: {rule} must be one of {', '.join(known)}")
    return {**DEFAULTS, **wanted}
