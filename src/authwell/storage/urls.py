"""Database URLs, with the driver that this program means."""

from sqlalchemy import URL, make_url


def normalised(url: str | URL) -> URL:
    """The URL with its driver named: a bare `postgresql:` is another driver's in SQLAlchemy 2.1.

    Raises:
        ValueError: neither PostgreSQL nor SQLite.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg2")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite")
    raise ValueError("DATABASE_URL must begin with postgresql:// or sqlite:///.")


def is_sqlite(url: URL) -> bool:
    """Whether the URL is of a SQLite file."""
    return url.get_backend_name() == "sqlite"
