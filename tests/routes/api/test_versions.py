"""`ETag` and conditional requests (RFC 9110 section 13)."""

import pytest

from authwell.utils.versions import ANY_VERSION, ChangedMeanwhile, Expected, version_of
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Talker


def test_a_version_is_that_of_the_content_and_not_of_its_order() -> None:
    assert version_of({"a": 1, "b": [2]}) == version_of({"b": [2], "a": 1})
    assert version_of({"a": 1}) != version_of({"a": "1"})


def test_only_an_expected_version_is_written_over() -> None:
    shown = {"name": "x"}

    ANY_VERSION.require(shown)
    Expected(frozenset({"other", version_of(shown)})).require(shown)
    for wrong in (frozenset({"other"}), frozenset[str]()):
        with pytest.raises(ChangedMeanwhile):
            Expected(wrong).require(shown)


@pytest.mark.req("F7")
def test_who_has_the_object_is_told_that_it_is_the_same(api: Talker) -> None:
    token = administrator_token(api)
    listed = api.call("GET", "/sessions", token=token).json["sessions"]
    path = f"/sessions/{listed[0]['id']}"
    first = api.call("GET", path, token=token)
    tag = first.headers["ETag"]

    def again(known: str) -> int:
        headers = {"If-None-Match": known}
        return api.call("GET", path, token=token, headers=headers).status_code

    known = api.call("GET", path, token=token, headers={"If-None-Match": f'"x", W/{tag}'})

    assert (known.status_code, known.text, known.headers["ETag"]) == (304, "", tag)
    assert [again(tag), again("*"), again('"x"'), again("\u00e4;,")] == [304, 304, 200, 200]
