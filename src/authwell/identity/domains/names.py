"""Domain names in the one form in which they are compared."""

from email_validator import EmailNotValidError, validate_email

from authwell.storage.tenancy.domains import Use
from authwell.utils.urls import canonical_host_port, host_of

LONGEST = 253


class InvalidDomain(ValueError):
    """The text is no domain that a tenant can have."""


def read_domain(text: str, use: Use, *, is_development: bool) -> str:
    """The domain that somebody typed.

    Args:
        text: what was typed; blanks around it are dropped.
        use: what it is for. A host may have a port in development only, where nothing has 443.
        is_development: whether names that only tests have (RFC 2606) will do.

    Raises:
        InvalidDomain: no name, an address, one without a dot, or longer than names are.
    """
    typed = text.strip().rstrip(".").lower()
    if use == "host" and is_development:
        try:
            return canonical_host_port(typed)
        except ValueError as error:
            raise InvalidDomain("not a host") from error
    try:
        found = validate_email(
            f"x@{typed}",
            check_deliverability=False,
            allow_domain_literal=False,
            globally_deliverable=not is_development,
            test_environment=is_development,
        )
    except EmailNotValidError as error:
        raise InvalidDomain("not a domain") from error
    name = found.ascii_domain
    is_address = name.rpartition(".")[2].isdecimal()
    if len(name) > LONGEST or "." not in name or host_of(name) != name or is_address:
        raise InvalidDomain("not a domain")
    return name


def domain_of(email: str) -> str | None:
    """The domain of an e-mail address as somebody typed it; None if it is none."""
    local, _, domain = email.strip().rpartition("@")
    if not local or len(domain) > LONGEST:
        return None
    try:
        return domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return None
