"""`/auth/export`: a person takes all that is held about them."""

import pytest

from authwell.routes.auth.export import ExportSchema
from tests.routes.api.talking import Talker


@pytest.mark.req("2.9", "A12")
def test_a_person_exports_their_data(api: Talker) -> None:
    token = api.token()

    answer = api.call("GET", "/auth/export", token=token)

    assert answer.status_code == 200
    assert ExportSchema().validate(answer.json) == {}
    assert answer.json["account"]["username"] == "alice"
    assert token not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.req("LG-05")
def test_strangers_export_nothing(refusing: Talker) -> None:
    assert refusing.call("GET", "/auth/export").status_code == 401
    assert refusing.call("GET", "/auth/export", token="x").status_code == 401
