"""Hashes that other servers export as objects, as the one line that is kept.

Keycloak: a credential with `secretData` and `credentialData`, each JSON in a text or an object.
Auth0: `custom_password_hash` with `algorithm` and `hash`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from authwell.identity.passwords.formats import MAX_HASH, read
from authwell.identity.passwords.formats.encoding import base64_of, hex_of, unpadded

_PBKDF2 = {
    "pbkdf2": "sha1",
    "pbkdf2-sha256": "sha256",
    "pbkdf2-sha512": "sha512",
}
_ENCODINGS: Mapping[str, Callable[[str], bytes | None]] = {
    "base64": base64_of,
    "hex": hex_of,
    "utf8": str.encode,
}
_LONGEST = 8 * MAX_HASH


def import_hash(value: object) -> str | None:
    """The hash as it is kept; None if it is none that a login could verify."""
    if isinstance(value, str) and value.startswith("{"):
        value = _json(value)
    if isinstance(value, Mapping):
        value = _of_object({str(name): member for name, member in value.items()})
    if not isinstance(value, str) or read(value) is None:
        return None
    return value


def _of_object(given: Mapping[str, Any]) -> str | None:
    try:
        if "secretData" in given:
            return _of_keycloak(_part(given["secretData"]), _part(given["credentialData"]))
        return _of_auth0(given)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _of_keycloak(secret: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    salt, key = base64_of(secret["salt"]), base64_of(secret["value"])
    if salt is None or key is None:
        return None
    end = f"${unpadded(salt)}${unpadded(key)}"
    iterations = int(data["hashIterations"])
    if data["algorithm"] in _PBKDF2:
        return f"$pbkdf2-{_PBKDF2[data['algorithm']]}$i={iterations},l={len(key)}{end}"
    more = data["additionalParameters"]
    if data["algorithm"] != "argon2" or more.get("version", ["1.3"]) != ["1.3"]:
        return None
    memory, parallelism = int(more["memory"][0]), int(more["parallelism"][0])
    kind = more["type"][0]
    return f"$argon2{kind}$v=19$m={memory},t={iterations},p={parallelism}{end}"


def _of_auth0(given: Mapping[str, Any]) -> str | None:
    hashed = given["hash"]
    value: Any = hashed["value"]
    if given["algorithm"] in ("argon2", "bcrypt", "pbkdf2"):
        return str(value)
    if given["algorithm"] != "scrypt":
        return None
    key = _ENCODINGS[hashed.get("encoding", "utf8")](value)
    salt = _ENCODINGS[given["salt"].get("encoding", "utf8")](given["salt"]["value"])
    if key is None or salt is None:
        return None
    cost, block_size = int(given.get("cost", 16_384)), int(given.get("blockSize", 8))
    parallelism = int(given.get("parallelization", 1))
    return f"$scrypt$ln={cost},r={block_size},p={parallelism}${unpadded(salt)}${unpadded(key)}"


def _part(value: Any) -> Mapping[str, Any]:
    found = _json(value) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise TypeError
    return found


def _json(text: str) -> object:
    if len(text) > _LONGEST:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
