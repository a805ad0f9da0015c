"""Odd requests, made by a seeded generator: what fuzzers, broken proxies and attackers send."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

VALUES = [
    b"",
    b" ",
    b"0",
    b"-1",
    b"null",
    b"undefined",
    b"\x00",
    b"a\x00b",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"'",
    b"' OR '1'='1",
    b'"><script>alert(1)</script>',
    b"{{7*7}}",
    b"%s%n",
    b"../../../../etc/passwd",
    b"\r\nSet-Cookie: a=b",
    b"a" * 5000,
    b"9" * 400,
    b"1e309",
    b"[]",
    b"{}",
    b"[" * 2000,
    b"e30.e30.",
    b"a.b.c",
    b"code_" + b"A" * 43,
    b"https://evil.example/",
    b"javascript:alert(1)",
    b"openid  profile",
    b"openid\tprofile",
    b"none login",
    "\uff21dmin\u202e".encode(),
]
ESCAPES = [
    b"%",
    b"%z",
    b"%zz",
    b"%f",
    b"%%",
    b"%u0041",
    b"%00",
    b"%ff%fe",
    b"%c0%80",
    b"+",
    b"&",
    b"=",
]
TYPES = [
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=\xff",
    b"application/json",
    b"application/json; charset=nonsense",
    b"text/plain",
    b"text/xml",
    b"multipart/form-data",
    b"multipart/form-data; boundary=x",
    b"multipart/form-data; boundary=" + b"x" * 300,
    b"\xe4/\xe4",
    b"",
]
METHODS = [b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"BREW"]
HEADERS = [
    b"Authorization: Basic",
    b"Authorization: Basic !!!!",
    b"Authorization: Basic /////w==",
    b"Authorization: Basic Og==",
    b"Authorization: Basic d2ViOndyb25n",
    b"Authorization: Bearer",
    b"Authorization: Bearer \xff",
    b"Authorization: Bearer a.b.c",
    b"Authorization: Bearer a b",
    b"Authorization: DPoP x",
    b"Authorization: Negotiate x",
    b"Cookie: \xff=\xff",
    b"Cookie: =;=;;",
    b"Cookie: aw-default=x; aw-default=y",
    b"Cookie: session=" + b"a" * 3000,
    b"Accept: \xff",
    b"Accept-Language: " + b"a-" * 500,
    b"Accept-Language: xx;q=nan",
    b"Origin: null",
    b"Origin: https://evil.example\x7f",
    b"Referer: //evil.example",
    b"Range: bytes=0-",
    b"If-None-Match: \xff",
    b"If-Modified-Since: nonsense",
    b"Content-Encoding: gzip",
    b"Expect: 100-continue",
    b"X-Request-ID: " + b"x" * 2000,
    b"X-Request-ID: a b\xff",
    b"X-Forwarded-For: nonsense, ,",
    b'Forwarded: for="',
    b"traceparent: 00-zz-zz-00",
]


@dataclass(frozen=True, slots=True)
class OddRequest:
    """One request as bytes of its parts."""

    method: bytes
    target: bytes
    headers: tuple[bytes, ...]
    body: bytes


def _text(rng: random.Random) -> bytes:
    """A hostile value, escaped well, badly or not at all."""
    value = rng.choice(VALUES)
    way = rng.randrange(8)
    if way == 0:
        return rng.choice(ESCAPES)
    if way == 1:
        return value.replace(b"\r", b"").replace(b"\n", b"").replace(b" ", b"+")
    return quote_from_bytes(value).encode()


def _fields(rng: random.Random, valid: dict[str, str]) -> bytes:
    """Valid fields with a few left out, repeated, replaced or added."""
    pairs = [
        (name.encode(), quote_from_bytes(value.encode()).encode()) for name, value in valid.items()
    ]
    changes: list[Callable[[], None]] = [
        lambda: pairs.append(rng.choice(pairs)),
        lambda: pairs.append((_text(rng), _text(rng))),
        lambda: pairs.__setitem__(place(), (pairs[place()][0], _text(rng))),
        lambda: pairs.__delitem__(place()),
    ]

    def place() -> int:
        return rng.randrange(len(pairs))

    for _ in range(rng.randint(1, 4)):
        if pairs:
            rng.choice(changes)()
    joined = b"&".join(name + b"=" + value for name, value in pairs)
    return rng.choice(
        [joined, joined, joined, joined + b"&&&", b"&" + joined, joined.replace(b"=", b"")]
    )


def odd_requests(
    seed: str, count: int, path: str, method: str, valid: dict[str, str]
) -> list[OddRequest]:
    """Odd variants of one valid request; the same seed gives the same ones."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    made = []
    for _ in range(count):
        verb = method.encode() if rng.random() < 0.8 else rng.choice(METHODS)
        fields = _fields(rng, valid)
        in_query = (verb in (b"GET", b"HEAD")) != (rng.random() < 0.1)
        query = b"?" + fields if in_query else b""
        kind = TYPES[0] if rng.random() < 0.7 else rng.choice(TYPES)
        body = (
            b"" if in_query else rng.choice([fields, fields, fields, b"{}", b'{"a":', b"\xff\x00"])
        )
        headers = [b"Content-Type: " + kind] if body else []
        headers += rng.sample(HEADERS, rng.choice([0, 0, 1, 2]))
        clean = query.replace(b" ", b"%20").replace(b"\x00", b"%00")
        made.append(OddRequest(verb, path.encode() + clean, tuple(headers), body))
    return made
