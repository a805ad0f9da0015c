"""How every operation of the first-party API answers: as JSON, to nobody's cache, to few origins."""

import pytest

from authwell.app import FIRST_PARTY
from tests.routes.api.talking import Answer, Talker, an_application

OPERATIONS = [
    (operation.method, f"{part.path}{operation.path}", operation)
    for part in FIRST_PARTY
    for operation in part.operations
]
each_guarded = pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path, operation in OPERATIONS if operation.needs is not None],
)
ORIGIN = "https://app.example"


def as_a_browser_asks(talker: Talker, method: str, path: str) -> Answer:
    return talker.call(
        method, path.replace("<", "").replace(">", ""), headers={"Accept": "text/html"}
    )


@pytest.mark.req("A13", "BR-14", "M14", "SE-11")
@each_guarded
def test_without_a_token_everything_is_a_problem(refusing: Talker, method: str, path: str) -> None:
    answer = as_a_browser_asks(refusing, method, path)

    assert (answer.status_code, answer.json["code"]) == (401, "missing_token")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.req("AU-14", "A12")
def test_every_operation_that_changes_something_reads_a_schema_or_nothing() -> None:
    without = {
        path for method, path, operation in OPERATIONS if method == "PUT" and not operation.body
    }

    assert without == set()


@pytest.mark.req("BR-12", "M8")
def test_a_browser_application_of_an_allowed_origin_may_call() -> None:
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-api-key"}
    with an_application(CORS_ORIGINS=ORIGIN) as talker:
        told = talker.call("OPTIONS", "/auth/me", headers={"Origin": ORIGIN, **asks})
        other = talker.call(
            "OPTIONS", "/auth/me", headers={"Origin": "https://evil.example", **asks}
        )
        read = talker.call("GET", "/api/v1/users/me", headers={"Origin": ORIGIN})

    assert told.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-API-Key" in told.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in told.headers
    assert "Access-Control-Allow-Origin" not in other.headers
    assert read.headers["Access-Control-Allow-Origin"] == ORIGIN
