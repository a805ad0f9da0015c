"""The text of a configuration, and where its secrets come from."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.configuration import accounts, clients, document, entries
from authwell.identity.configuration.problems import Findings, Refused
from authwell.identity.configuration.references import References
from tests.identity.configuration.configuring import SECRET, web

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from([*clients.TABLE, *accounts.TABLE, *entries.RESOURCE, *entries.TENANT])
NOWHERE = References({}, Path("/nonexistent"), warn_of_plain=False)


def read(sections: dict[str, Any], references: References = NOWHERE) -> list[str]:
    findings = Findings()
    entries.read(sections, references, findings)
    return [str(problem) for problem in findings.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- clients", "must be a mapping"),
        ("client: []", "client: is not known; did you mean clients?"),
        ("clients: {}", "clients: must be a list"),
        ("clients: [web]", "clients[0]: must be a mapping"),
        ("clients: [{scope: a, scope: b}]", "the key 'scope' twice"),
        ('{"clients": [{"scope": "a", "scope": "b"}]}', "the key 'scope' twice"),
        ("clients: [{1: a}]", "a key that is not text"),
        ("clients: [", "is not YAML or JSON"),
        ("clients: !!python/object/apply:os.system [id]", "is not YAML or JSON"),
        ("a\x00b", "is not YAML or JSON"),
        ("", "must be a mapping"),
    ],
)
def test_a_document_that_is_none_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        document.parse(text)

    assert problem in str(refused.value)


def test_words_are_words() -> None:
    parsed = document.parse(
        "tenants: [{registration: off, country: NO, date: 2030-01-02, x: true}]"
    )

    assert parsed["tenants"] == [
        {"registration": "off", "country": "NO", "date": "2030-01-02", "x": True}
    ]


def test_json_and_yaml_say_the_same() -> None:
    assert document.parse('{"scopes": [{"name": "read"}]}') == document.parse(
        "scopes:\n  - name: read\n"
    )


def test_a_secret_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    findings = Findings()
    references = References({"WEB_SECRET": SECRET}, tmp_path, warn_of_plain=True)

    found = entries.read(
        {
            "clients": [
                web(client_id="one", client_secret={"env": "WEB_SECRET"}),
                web(client_id="two", client_secret={"file": "secret"}),
            ]
        },
        references,
        findings,
    )

    assert [client.secret for client in found.clients] == [SECRET, SECRET]
    assert findings.problems == []
    assert findings.warnings == []


def test_a_plain_secret_is_a_warning_where_it_matters() -> None:
    findings = Findings()

    entries.read({"clients": [web()]}, References({}, Path(), warn_of_plain=True), findings)

    assert [warning.path for warning in findings.warnings] == ["clients[0].client_secret"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"env": "MISSING"}, "the variable MISSING is not set"),
        ({"file": "missing"}, "cannot read /nonexistent/missing: FileNotFoundError"),
        ({"vault": "x"}, "must be text, {env: NAME} or {file: PATH}"),
        ({"env": "A", "file": "b"}, "must be text, {env: NAME} or {file: PATH}"),
        (7, "must be text, {env: NAME} or {file: PATH}"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(value: Any, problem: str) -> None:
    assert read({"clients": [web(client_secret=value)]}) == [f"clients[0].client_secret: {problem}"]


@pytest.mark.parametrize(
    "digests",
    [
        [],
        "x",
        [{"kind": "hmac"}],
        [{"kind": "hmac", "value": "short"}],
        [{"kind": "md5", "value": "a" * 43}],
        [{"kind": "argon2", "value": "plain"}],
        [{"kind": "hmac", "value": "a" * 43, "expires_at": "tomorrow"}],
        [{"kind": "hmac", "value": "a" * 43, "expires_at": "2030-01-01T00:00:00"}],
    ],
)
def test_a_digest_that_is_none_is_refused(digests: Any) -> None:
    found = read({"clients": [web(client_secret=None, client_secret_digests=digests)]})

    assert len(found) == 1
    assert found[0].startswith("clients[0].client_secret_digests")


def test_private_keys_do_not_belong_to_clients() -> None:
    found = read({"clients": [web(jwks={"keys": [{"kty": "RSA", "d": "x"}]})]})

    assert found == ["clients[0].jwks: has a private or symmetric key; give public keys only"]


@given(
    st.dictionaries(
        st.sampled_from(document.SECTIONS),
        st.lists(st.dictionaries(MEMBERS | st.text(), JSON, max_size=6), max_size=3),
    )
)
def test_no_entry_crashes_the_reading(sections: dict[str, Any]) -> None:
    findings = Findings()

    entries.read(sections, NOWHERE, findings)

    assert all(str(problem) for problem in findings.problems)


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    try:
        parsed = document.parse(text)
    except Refused:
        return

    assert isinstance(parsed, dict)
