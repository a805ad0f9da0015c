"""Requests made of the OpenAPI document: no 5xx, and every answer is what the document says.

schemathesis draws what fits the document and what does not, by a fixed seed.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.routes.api.people import add_account
from tests.routes.api.talking import Talker, an_application

EXAMPLES = 1
"""Of each kind, for each operation and identity; the whole takes less than a minute alone."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENT = settings(
    max_examples=EXAMPLES,
    derandomize=False,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    """An application that the requests may change as they like."""
    with an_application() as made:
        add_account(made, "root", roles=frozenset({"admin"}))
        yield made


def token_of(talker: Talker, identity: str) -> str | None:
    return None if identity == "nobody" else str(talker.log_in(identity)["access_token"])


def complaints(talker: Talker, operation: Any, identity: str, mode: GenerationMode) -> list[str]:
    """What is wrong with the answers of an operation."""
    # Requests may end the session that they come with, so each operation has its own.
    token = token_of(talker, identity)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    found: list[str] = []

    @seed(20261121)
    @PATIENT
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=CHECKS)
        except BaseExceptionGroup as failures:
            found.extend(f"{operation.label}: {failure}" for failure in failures.exceptions)

    try:
        ask()
    except Exception as error:  # noqa: BLE001 - no such data, such as wrong data for no parameters
        if "Unsatisfiable" not in type(error).__name__:
            found.append(f"{operation.label}: {error!r}")
    return found


def operations(talker: Talker) -> list[Any]:
    schema = openapi.from_wsgi("/openapi.json", talker.application.app)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


@pytest.mark.req("N5", "M14", "HT-03", "HT-04", "HT-06", "HT-12", "A12")
@pytest.mark.parametrize(
    ("identity", "mode"),
    [
        ("nobody", GenerationMode.NEGATIVE),
        ("alice", GenerationMode.POSITIVE),
        ("root", GenerationMode.POSITIVE),
        ("root", GenerationMode.NEGATIVE),
    ],
    ids=lambda value: str(getattr(value, "value", value)),
)
@pytest.mark.timeout(600)
def test_every_answer_is_what_the_document_says(
    talker: Talker, identity: str, mode: GenerationMode
) -> None:
    found = {
        text[:600]
        for operation in operations(talker)
        for text in complaints(talker, operation, identity, mode)
    }

    assert found == set()


@pytest.mark.req("HT-07")
def test_a_method_that_the_document_does_not_have_is_refused(talker: Talker) -> None:
    paths: dict[str, Any] = talker.call("GET", "/openapi.json").json["paths"]
    asked = [
        (method, path)
        for path, item in paths.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if method.lower() not in item and "{" not in path and not path.startswith("/oauth/userinfo")
    ]

    answers = {(method, path): talker.call(method, path) for method, path in asked}

    wrong = {where: answer.status_code for where, answer in answers.items() if not fits(answer)}
    assert wrong == {}


def fits(answer: Any) -> bool:
    """405 with the methods that there are; 404 where a longer path has a parameter here."""
    return answer.status_code in {401, 404} or (
        answer.status_code == 405 and bool(answer.headers.get("Allow"))
    )
