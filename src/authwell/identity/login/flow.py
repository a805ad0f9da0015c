"""How a tenant's login page asks: name and password together, or the name first.

`identifier_first` asks for the name alone and then for whatever fits it. The second page has the
same shape for names that nobody has (THREATS.md AU-01, BR-15).
"""

from typing import Final, Literal

from authwell.protocol.model import Tenant
from authwell.protocol.policy import InvalidPolicy

MEMBER: Final = "login_flow"

LoginFlow = Literal["together", "identifier_first"]


def login_flow(tenant: Tenant) -> LoginFlow:
    """That of a tenant."""
    return read_login_flow(tenant.people_policy.get(MEMBER))


def read_login_flow(value: object) -> LoginFlow:
    """Read the member `login_flow` of a tenant's policy.

    Raises:
        InvalidPolicy: there is no such flow.
    """
    if value is None or value == "together":
        return "together"
    if value == "identifier_first":
        return "identifier_first"
    raise InvalidPolicy(f"policy.{MEMBER}: must be together or identifier_first")
