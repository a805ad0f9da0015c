"""Whatever is sent to the first-party API, it answers, and never by an error of its own (AU-15)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwell.app import FIRST_PARTY
from authwell.middleware.api.operations import Operation
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Answer, Talker

WITH_BODY = [
    (f"{part.path}{operation.path}", operation)
    for part in FIRST_PARTY
    for operation in part.operations
    if operation.body is not None
]
each_operation = pytest.mark.parametrize(
    ("path", "operation"), WITH_BODY, ids=[f"{each.method} {path}" for path, each in WITH_BODY]
)

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def token(refusing: Talker) -> str:
    """An access token that may call every operation."""
    return administrator_token(refusing)


def send(talker: Talker, token: str, path: str, operation: Operation, **sent: Any) -> Answer:
    return talker.call(operation.method, path, token=token if operation.needs else None, **sent)


def is_refused(answer: Answer) -> bool:
    return (
        400 <= answer.status_code < 500
        and answer.headers["Content-Type"] == "application/problem+json"
        and answer.json["status"] == answer.status_code
    )


@pytest.mark.req("AU-15", "A12")
@each_operation
@settings(max_examples=25)
@given(data=st.data())
def test_members_of_any_type_are_answered(
    refusing: Talker, powerful: str, path: str, operation: Operation, data: st.DataObject
) -> None:
    schema = operation.body() if operation.body else None
    assert schema is not None
    body = {
        name: data.draw(ANY_JSON)
        for name in schema.fields
        if schema.fields[name].required or data.draw(st.booleans())
    }

    answer = send(refusing, powerful, path, operation, json=body)

    assert answer.status_code < 500


@pytest.mark.req("AU-15", "A12", "M12")
@each_operation
@pytest.mark.parametrize("wrong", [None, 0, 1.5, True, "", [], ["x"], {}, {"x": 1}])
def test_a_member_of_the_wrong_type_is_refused_by_name(
    refusing: Talker, powerful: str, path: str, operation: Operation, wrong: Any
) -> None:
    schema = operation.body() if operation.body else None
    assert schema is not None
    required = [
        name
        for name, field in schema.fields.items()
        if field.required and not (wrong is None and field.allow_none)
    ]

    answer = send(refusing, powerful, path, operation, json=dict.fromkeys(required, wrong))

    if required:
        assert is_refused(answer)
        assert answer.json["code"] == "invalid_request"
        assert {name.partition(".")[0] for name in answer.json["errors"]} & set(required)


@pytest.mark.req("AU-14")
@each_operation
def test_an_unknown_member_is_refused(
    refusing: Talker, powerful: str, path: str, operation: Operation
) -> None:
    answer = send(refusing, powerful, path, operation, json={"is_admin": True})

    assert is_refused(answer)
    # What is not there is told first where the body is read with the thing.
    assert answer.status_code == 404 or "is_admin" in str(answer.json["errors"])


@pytest.mark.req("A12", "AU-15")
@each_operation
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"null", "application/json"),
        (b'"x"', "application/json"),
        (b"[]", "application/json"),
        (b"[" * 60_000, "application/json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json"),
        (b'{"username":"\xff"}', "application/json"),
        (b'{"username":"\\ud800"}', "application/json"),
        (b"NaN", "application/json"),
        (b"{}", "text/plain"),
        (b"{}", "application/xml"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_body_of_another_kind_is_refused(
    refusing: Talker,
    powerful: str,
    path: str,
    operation: Operation,
    body: bytes,
    media_type: str,
) -> None:
    answer = send(refusing, powerful, path, operation, data=body, content_type=media_type)

    assert is_refused(answer)
    assert answer.status_code == (400 if media_type == "application/json" else 415)


@pytest.mark.req("A12", "AU-15")
@each_operation
def test_a_body_of_more_than_64_kib_is_not_read(
    refusing: Talker, powerful: str, path: str, operation: Operation
) -> None:
    body = b'{"x": "' + b"x" * 64 * 1024 + b'"}'

    answer = send(refusing, powerful, path, operation, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["reason"]) == (413, "body_too_large")


@pytest.mark.req("B20")
@pytest.mark.parametrize(
    "form", ["username=a&username=b&password=c", "username=a", "password=", "x=1", "%ff=%ff"]
)
def test_a_form_is_read_as_strictly(refusing: Talker, form: str) -> None:
    media_type = "application/x-www-form-urlencoded"

    answer = refusing.call("POST", "/auth/login", data=form, content_type=media_type)

    assert is_refused(answer)
    assert answer.json["code"] == "invalid_request"
