"""Why a ceremony with a passkey ended; nobody outside is told more than that it did."""


class PasskeyRefused(Exception):
    """What the browser sent proves nothing.

    Attributes:
        rule: the reason, for the log; `ops/explanations/passkeys.py` explains each.
        account_id: whose passkey it was, if that is known.
    """

    def __init__(self, rule: str, account_id: str | None = None) -> None:
        """Name the rule that was broken."""
        super().__init__(rule)
        self.rule = rule
        self.account_id = account_id
