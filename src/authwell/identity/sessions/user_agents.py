"""What a browser calls itself, in words that a person recognises: "Firefox on Linux".

The header is a stranger's: only as much of it is read as any honest browser sends, and what was
found is remembered, because the hundreds of patterns cost milliseconds.
"""

from functools import lru_cache

UNKNOWN = "Unknown device"
LONGEST = 300
"""Characters that are read."""

_LONGEST_PART = 40


def device_name(user_agent: str | None) -> str:
    """The browser and its system, as far as they can be told."""
    return _name(user_agent[:LONGEST]) if user_agent else UNKNOWN


@lru_cache(maxsize=512)
def _name(user_agent: str) -> str:
    # The patterns are loaded when the first name is asked for: not every process needs them.
    from ua_parser import parse  # noqa: PLC0415

    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else None
    system = found.os.family if found.os else None
    parts = [part[:_LONGEST_PART] for part in (browser, system) if part and part.isprintable()]
    return " on ".join(parts) or UNKNOWN
