"""`authwell explain`: every rule that refuses has an explanation, and the log leads to it."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import authwell
from authwell.ops.cli import cli
from authwell.ops.explanations import ENDED, EXPLANATIONS

PACKAGE = Path(authwell.__file__).parent
FOLDERS = ("protocol", "identity", "middleware", "routes")
NAMED_FIRST = ("UnsafeRedirect", "log_refusal")
NAMED_SECOND = ("Refused", "Problem", "problem", "error_page")
REQUEST = "01999999-0000-7000-8000-000000000001"


def constants(node: ast.AST | None) -> Iterator[str]:
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def rules_of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    for keyword in call.keywords:
        if keyword.arg in ("rule", "code"):
            yield from constants(keyword.value)
    if name in NAMED_FIRST and call.args and not isinstance(call.args[0], ast.Attribute):
        yield from constants(call.args[0])
    if name in NAMED_SECOND and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
        yield from constants(call.args[1])


def raised_rules() -> dict[str, str]:
    """Every name of a rule in the source, and a file that has it."""
    found: dict[str, str] = {}
    for path in (path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Call):
                names += rules_of_call(node)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                target = node.targets[0]
                is_code = isinstance(target, ast.Name) and target.id in ("code", "code_name")
                names += constants(node.value) if is_code else ()
            found |= {name: path.name for name in names if name.isidentifier()}
    return {rule: where for rule, where in found.items() if rule != "code"}


def written(*lines: dict[str, Any]) -> str:
    return "".join(json.dumps({"request_id": REQUEST, **line}) + "\n" for line in lines)


def explain(*arguments: str, log: str = "", **environ: str) -> Result:
    return CliRunner().invoke(cli, ["explain", *arguments], input=log, env=environ)


REFUSAL = {
    "at": "2030-01-02T03:04:05.000+00:00",
    "level": "info",
    "event": "refused",
    "rule": "redirect_uri_mismatch",
    "reason": "'https://app.example/cb/' is not one of ['https://app.example/cb']",
    "error": "unsafe_redirect",
    "client_id": "web",
    "endpoint": "/oauth/authorize",
}


def test_every_rule_that_is_raised_has_an_explanation() -> None:
    unexplained = {rule: file for rule, file in raised_rules().items() if rule not in EXPLANATIONS}

    assert unexplained == {}


def test_the_search_for_rules_finds_them() -> None:
    assert {"pkce_required", "unknown_client", "invalid_grant", "csrf"} <= raised_rules().keys()


def test_every_way_to_end_a_token_is_described() -> None:
    standing = (PACKAGE / "storage" / "tokens" / "standing.py").read_text()
    returned = [
        node.value
        for node in ast.walk(ast.parse(standing))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    codes = {text for text in returned if text.endswith(("_disabled", "_ended", "_revoked"))}

    assert codes <= ENDED.keys()


def test_an_explanation_says_rule_section_comparison_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(written({"event": "request", "status": 400}, REFUSAL))

    result = explain(REQUEST, LOG_FILE=str(tmp_path / "log"))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Request {REQUEST}",
        "  at        2030-01-02T03:04:05.000+00:00",
        "  endpoint  /oauth/authorize",
        "  client    web",
        "  answered  unsafe_redirect",
        "  rule      redirect_uri_mismatch",
        "  it says   The redirect URI is, character by character, one that is registered.",
        "  standard  RFC 9700 section 2.1, RFC 6749 section 3.1.2.3",
        f"  compared  {REFUSAL['reason']}",
        f"  to do     {EXPLANATIONS['redirect_uri_mismatch'].remedy}",
    ]


def test_the_log_may_come_from_standard_input() -> None:
    result = explain(REQUEST, "--file", "-", "--json", log=written(REFUSAL))

    assert json.loads(result.stdout)["findings"][0]["rule"] == "redirect_uri_mismatch"


def test_what_ended_a_token_is_said_in_words() -> None:
    line = {"event": "refused", "rule": "grant_ended", "reason": "ended: account_not_before"}

    result = explain(REQUEST, "-f", "-", log=written(line))

    assert "that is   the account's password changed" in result.stdout


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ({"event": "request.refused", "rule": "unknown_host"}, "unknown_host"),
        ({"event": "storage.unavailable"}, "unavailable"),
        ({"event": "fault", "path": "/"}, "server_error"),
        ({"event": "refused", "rule": "of_the_future"}, "of_the_future"),
    ],
)
def test_every_kind_of_refusal_is_found(line: dict[str, Any], rule: str) -> None:
    result = explain(REQUEST, "-f", "-", "--json", log=written(line))

    assert json.loads(result.stdout)["findings"][0]["rule"] == rule


def test_a_request_that_was_not_refused_is_said() -> None:
    result = explain(REQUEST, "-f", "-", log=written({"event": "request", "status": 200}))

    assert result.stdout == "No rule refused this request. It was answered with 200.\n"


def test_an_unknown_request_ends_with_one() -> None:
    odd = f"not json {REQUEST}\n[]\n" + json.dumps({"request_id": "other", "x": REQUEST})

    result = explain(REQUEST, "-f", "-", log=odd)

    assert result.exit_code == 1
    assert "LOG_LEVEL" in result.stderr


def test_a_log_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    result = explain(REQUEST, "-f", str(tmp_path / "missing"))

    assert result.exit_code == 1
    assert "cannot be read" in result.stderr
