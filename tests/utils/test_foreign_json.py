"""What is read of strangers can be written again (THREATS.md HT-04)."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.utils.foreign_json import DEEPEST, parse_json

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


def nested(levels: int, begin: str, end: str) -> str:
    return begin * levels + "1" + end * levels


@pytest.mark.req("HT-04")
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_deeper_than_allowed_is_no_json(begin: str, end: str) -> None:
    fits = nested(DEEPEST, begin, end)

    assert orjson.dumps(parse_json(fits)).decode() == fits
    for levels in (DEEPEST + 1, 254, 300, 1000, 5000):
        with pytest.raises(orjson.JSONDecodeError):
            parse_json(nested(levels, begin, end))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=12,
    )
)
def test_what_was_written_is_read(value: object) -> None:
    assert parse_json(orjson.dumps(value)) == value


@pytest.mark.req("HT-06", "M12")
@pytest.mark.parametrize(
    "value", ["\x00", ["a\x00"], {"a": {"b": ["x", "\x00"]}}, {"a\x00": 1}, [[[["b"], "\x00b"]]]]
)
def test_a_text_that_no_database_keeps_is_no_json(value: object) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        parse_json(orjson.dumps(value))


def test_the_letters_by_which_it_is_written_are_a_text() -> None:
    assert parse_json(rb'{"a": "\\u0000"}') == {"a": r"\u0000"}
