"""Rules of passkeys and of links by mail that log in."""

from authwell.ops.explanations.model import Explanation, Explanations

_AGAIN = "The person tries once more; if it stays so, the passkey is removed and made anew."

PASSKEYS: Explanations = {
    "passkey_unreadable": Explanation(
        "What comes from navigator.credentials is sent as its toJSON() writes it.",
        "WebAuthn Level 3 sections 5.1.7 and 5.1.8",
        "The application sends the whole object, in base64url without padding.",
    ),
    "passkey_type": Explanation(
        "A registration is answered by webauthn.create and a login by webauthn.get.",
        "WebAuthn Level 3 sections 7.1 and 7.2",
        "The application sends each response to the endpoint of its ceremony.",
    ),
    "passkey_origin": Explanation(
        "The page that called for the passkey is one of the issuer's origin.",
        "WebAuthn Level 3 section 7.2, THREATS.md PA-03",
        "Serve the page under ISSUER; another origin cannot use its passkeys.",
    ),
    "passkey_cross_origin": Explanation(
        "The page was not in a frame of another site.",
        "WebAuthn Level 3 section 7.2, THREATS.md PA-03",
        "Open the page in a window of its own.",
    ),
    "passkey_challenge": Explanation(
        "The challenge was made by this server within five minutes, for this ceremony, this "
        "browser and this account, and was not used.",
        "WebAuthn Level 3 section 13.4.3, THREATS.md PA-02",
        "The person tries once more. A program sends the ceremony that it was given.",
    ),
    "passkey_not_proven": Explanation(
        "The signature is that of the registered key, for this relying party, with its user "
        "present.",
        "WebAuthn Level 3 sections 7.1 and 7.2",
        _AGAIN,
    ),
    "passkey_attestation": Explanation(
        "The attestation is none or packed.",
        "WebAuthn Level 3 section 8",
        "The application asks for the attestation none.",
    ),
    "passkey_user_verification": Explanation(
        "A passkey that is the only factor has verified its user, by PIN or biometrics.",
        "WebAuthn Level 3 section 7.2, THREATS.md PA-01",
        "The person sets a PIN on the security key, or logs in by password and uses the key after.",
    ),
    "passkey_unknown": Explanation(
        "The passkey is registered here.",
        "WebAuthn Level 3 section 7.2",
        "The person logs in by other means and registers it; it may have been removed.",
    ),
    "passkey_other_account": Explanation(
        "The passkey is that of the account that it is used for.",
        "WebAuthn Level 3 section 7.2, THREATS.md PA-04",
        "The person chooses a passkey of the account that is logging in.",
    ),
    "passkey_taken": Explanation(
        "A credential id is registered once.",
        "WebAuthn Level 3 section 7.1, THREATS.md PA-04",
        _AGAIN,
    ),
    "passkey_counter": Explanation(
        "The counter of a passkey grows with each use.",
        "WebAuthn Level 3 section 6.1.1, THREATS.md PA-05",
        "The key may have been copied: its owner removes it. PASSKEY_REFUSE_COUNTER=false lets "
        "such keys in and writes passkey.counter_regressed all the same.",
    ),
    "passkey_too_many": Explanation(
        "An account has at most 20 passkeys, and the issuer's host is a name.",
        "WebAuthn Level 3 section 5.1.3",
        "The person removes one that is not used; an issuer with an address cannot have passkeys.",
    ),
    "magic_link_unknown": Explanation(
        "A link or its code is used once, within MAGIC_LINK_EXPIRE_MINUTES, and where it was asked "
        "for.",
        "ASVS 6.6.2, THREATS.md RC-12",
        "The person asks for a new one.",
    ),
    "magic_link_elsewhere": Explanation(
        "A link logs in where it was asked for; anywhere else it shows a code for there.",
        "ASVS 6.6.2, THREATS.md RC-12",
        "The person opens it in that browser. A program verifies links that it asked for itself.",
    ),
    "magic_link_account": Explanation(
        "The account is active, and the verified address is still the one written to.",
        "THREATS.md AU-17, RC-02",
        "Look at it by `authwell user show NAME`.",
    ),
    "magic_link_code": Explanation(
        "The code is the one that the link showed; the fifth wrong one ends it.",
        "ASVS 6.6.3",
        "The person types it again, or asks for a new link.",
    ),
}
