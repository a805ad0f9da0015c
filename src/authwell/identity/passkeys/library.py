"""py_webauthn behind two functions with our own types.

It is imported when the first passkey is checked, because it costs each process 26 MB, and most
have none. Its parsers raise what comes to them on bytes that strangers made up, so whatever they
raise means that the response proves nothing.
"""

from dataclasses import dataclass

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.party import Party
from authwell.identity.passkeys.responses import Response

ALGORITHMS = (-7, -8, -257)
"""COSE: ES256, EdDSA, RS256, in the order in which we like them (RFC 9053, RFC 8812)."""

ATTESTATIONS = frozenset({"none", "packed"})
MAX_PUBLIC_KEY = 2048
"""Bytes of a COSE key; RSA of 8192 bits has 1100."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a registration proves."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    attestation: str
    user_verified: bool
    is_backup_eligible: bool
    is_backed_up: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a login proves: that the private key was used now, for us."""

    sign_count: int
    user_verified: bool
    is_backup_eligible: bool
    is_backed_up: bool


def check_registration(response: Response, party: Party) -> NewKey:
    """Check a new credential (WebAuthn section 7.1).

    Raises:
        PasskeyRefused: it proves nothing.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers import (  # noqa: PLC0415
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415
    from webauthn.helpers.structs import AttestationFormat  # noqa: PLC0415

    try:
        found = verify_registration_response(
            credential=response.body,
            expected_challenge=response.challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in ALGORITHMS],
        )
        # Without an attestation nothing has loaded the key yet.
        decoded_public_key_to_cryptography(
            decode_credential_public_key(found.credential_public_key)
        )
    except Exception as error:
        raise PasskeyRefused("passkey_not_proven") from error
    attestation = AttestationFormat(found.fmt).value
    if attestation not in ATTESTATIONS:
        raise PasskeyRefused("passkey_attestation")
    if len(found.credential_public_key) > MAX_PUBLIC_KEY:
        raise PasskeyRefused("passkey_not_proven")
    return NewKey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        aaguid=found.aaguid,
        attestation=attestation,
        user_verified=found.user_verified,
        is_backup_eligible=found.credential_device_type.value == "multi_device",
        is_backed_up=found.credential_backed_up,
    )


def check_assertion(response: Response, party: Party, public_key: bytes) -> Assertion:
    """Check a signature of a known credential (WebAuthn section 7.2); its counter is not compared.

    Raises:
        PasskeyRefused: it proves nothing.
    """
    from webauthn import verify_authentication_response  # noqa: PLC0415

    try:
        found = verify_authentication_response(
            credential=response.body,
            expected_challenge=response.challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
        )
    except Exception as error:
        raise PasskeyRefused("passkey_not_proven") from error
    return Assertion(
        sign_count=found.new_sign_count,
        user_verified=found.user_verified,
        is_backup_eligible=found.credential_device_type.value == "multi_device",
        is_backed_up=found.credential_backed_up,
    )
