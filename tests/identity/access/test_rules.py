"""Nobody gives, changes or takes what they do not hold themselves (THREATS.md TN-05)."""

import pytest

from authwell.identity.access.rules import may_give
from authwell.protocol.access import ADMIN, NOTHING, Held

SUPERUSER = Held(roles=frozenset({ADMIN}), permissions=frozenset({"user:manage"}))
KEEPER = Held(permissions=frozenset({"user:manage"}), grants=frozenset({("document:read", "7")}))


@pytest.mark.req("TN-05", "G14")
@pytest.mark.parametrize(
    ("giver", "given", "may"),
    [
        (KEEPER, Held(permissions=frozenset({"user:read", "user:delete"})), True),
        (KEEPER, Held(grants=frozenset({("document:read", "7")})), True),
        (KEEPER, Held(grants=frozenset({("document:read", "8")})), False),
        (KEEPER, Held(permissions=frozenset({"key:read"})), False),
        (KEEPER, Held(roles=frozenset({ADMIN})), False),
        (SUPERUSER, Held(roles=frozenset({ADMIN})), True),
        (SUPERUSER, Held(permissions=frozenset({"new:read"})), True),
        (NOTHING, NOTHING, True),
    ],
)
def test_what_may_be_given(giver: Held, given: Held, *, may: bool) -> None:
    assert may_give(giver, given) is may
