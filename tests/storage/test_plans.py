"""Plans of PostgreSQL: made once for a connection, so empty tables must not mislead them."""

import re

import pytest
from sqlalchemy import text

from authwell.storage.database import Database
from authwell.storage.login import sessions
from authwell.storage.statements import Statement
from authwell.storage.tokens import access_tokens, codes, refresh_tokens
from tests.conftest import NewDatabase

HOT = {
    "a code is found": codes.FIND_CODE,
    "a code is redeemed": codes.redeem_code(refresh=True, access=False).one_statement,
    "a plain code is redeemed": codes.redeem_plain_code(refresh=True).one_statement,
    "a refresh token is found": refresh_tokens.FIND_TOKEN,
    "a refresh token is rotated": refresh_tokens.rotate_token(access=False).one_statement,
    "a plain refresh token is rotated": refresh_tokens.ROTATE_PLAIN.one_statement,
    "a family is ended": refresh_tokens.END_FAMILY.one_statement,
    "a signed token is looked up": access_tokens.FIND_GRANT_AND_DENIAL,
    "an opaque token is looked up": access_tokens.FIND_TOKEN,
    "a session is found": sessions.FIND_SESSION,
}

KEYS = ("pk_", "uq_", "ix_attempt_guards_account_id")
"""An account has a handful of guards, and they are found by its id."""


@pytest.mark.parametrize("what", HOT)
def test_rows_are_found_by_their_keys(what: str, new_database: NewDatabase) -> None:
    database = Database(new_database("postgresql"))

    plan = plan_of(database, HOT[what])

    database.close()
    used = set(re.findall(r" using (\w+) on ", plan))
    assert used
    assert all(name.startswith(KEYS) for name in used), plan
    assert not re.search(r"Seq Scan|Bitmap|Hash|Merge", plan), plan


def plan_of(database: Database, statement: Statement) -> str:
    """The plan for any parameters, on tables that are empty."""
    reader, _ = database.engines
    form = statement.form(reader.dialect)
    values = ", ".join("NULL" for _ in form.binds)
    with reader.connect() as connection:
        connection.execute(text(form.prepare.replace(":", r"\:")))
        rows = connection.execute(text(f"EXPLAIN EXECUTE {form.name} ({values})"))
        return "\n".join(row[0] for row in rows)
