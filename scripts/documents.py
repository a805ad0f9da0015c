"""Write what is made of the OpenAPI document, or check that it is in step with the operations.

`.venv/bin/python scripts/documents.py` writes the Postman collection and the Python client;
`--check` only compares.
"""

import builtins
import json
import keyword
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from authwell.app import FIRST_PARTY
from authwell.middleware.api.openapi import describe

ROOT: Final = Path(__file__).resolve().parent.parent
COLLECTION: Final = ROOT / "cURL" / "Auth System.postman_collection.json"
CLIENT: Final = ROOT / "examples" / "python_client" / "authwell_api.py"
ISSUER: Final = "{{issuer}}"
POSTMAN: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

Document = Mapping[str, Any]

KEEP_TOKENS: Final = """\
const answer = pm.response.json();
for (const name of ["access_token", "refresh_token", "api_key"]) {
  if (answer[name]) pm.collectionVariables.set(name, answer[name]);
}"""

CLIENT_HEAD: Final = '''\
"""The API of Authwell for Python programs, generated from its OpenAPI document.

Needs nothing but Python. `scripts/documents.py` writes this file.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Send = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes]]
"""Method, URL, headers and body; the status and the body of the answer."""


class Refused(Exception):
    """What the API refused, with the problem (RFC 9457) that it answered."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("error") or str(status))
        self.status = status
        self.problem = problem


def send(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, bytes]:
    """Ask by the standard library."""
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 - the caller's server
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return int(answer.status), bytes(answer.read())
    except HTTPError as error:
        return error.code, error.read()


class Authwell:
    """A server; each operation of its document is a method."""

    def __init__(
        self, issuer: str, token: str | None = None, api_key: str | None = None, send: Send = send
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.token = token
        self.api_key = api_key
        self._send = send

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask, and read the answer.

        Raises:
            Refused: the status is 400 or more.
        """
        headers = {"Accept": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        elif self.api_key is not None:
            headers["X-API-Key"] = self.api_key
        data = None
        if form is not None:
            data = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        url = self.issuer + path + (f"?{urlencode(wanted)}" if wanted else "")
        status, answer = self._send(method, url, headers, data)
        found = json.loads(answer) if answer[:1] in (b"{", b"[") else None
        if status >= 400:
            raise Refused(status, found or {})
        return found
'''


def document() -> Document:
    """What is served, with a variable for the address."""
    return describe(FIRST_PARTY, ISSUER)


def operations(described: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and description of each."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method != "servers":
                yield path, method.upper(), operation


def resolved(described: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference points to."""
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def content_of(operation: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The first media type of the body, and its schema."""
    content = operation.get("requestBody", {}).get("content", {})
    return next(((name, each["schema"]) for name, each in content.items()), None)


def sample(described: Document, schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits the schema's type."""
    schema = resolved(described, schema)
    if "enum" in schema:
        return next(value for value in schema["enum"] if value is not None)
    kind = schema.get("type", "object")
    kind = next(each for each in kind if each != "null") if isinstance(kind, list) else kind
    match kind:
        case "object":
            members = schema.get("properties", {}) if depth < 3 else {}
            wanted = schema.get("required") or list(members)
            return {
                name: sample(described, members[name], depth + 1)
                for name in wanted
                if name in members
            }
        case "array":
            return [sample(described, schema.get("items", {"type": "string"}), depth + 1)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return ""


def postman(described: Document) -> dict[str, Any]:
    """The collection: a folder for each part, and variables for what answers give."""
    folders: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, method, operation in operations(described):
        folders[operation["tags"][0]].append(item(described, path, method, operation))
    names = ("issuer", "access_token", "refresh_token", "api_key", "client_id", "client_secret")
    values = {"issuer": "http://localhost:5000"}
    return {
        "info": {"name": "Auth System", "schema": POSTMAN, "description": "Authwell"},
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{access_token}}", "type": "string"}],
        },
        "variable": [{"key": name, "value": values.get(name, "")} for name in names],
        "item": [{"name": name, "item": items} for name, items in folders.items() if items],
    }


def item(
    described: Document, path: str, method: str, operation: Mapping[str, Any]
) -> dict[str, Any]:
    """One request."""
    parameters = operation.get("parameters", [])
    parts = [
        f":{part[1:-1]}" if part.startswith("{") else part for part in path.strip("/").split("/")
    ]
    url: dict[str, Any] = {
        "raw": f"{ISSUER}/{'/'.join(parts)}",
        "host": [ISSUER],
        "path": parts,
        "variable": [
            {"key": each["name"], "value": ""} for each in parameters if each["in"] == "path"
        ],
        "query": [
            {"key": each["name"], "value": "", "disabled": not each.get("required", False)}
            for each in parameters
            if each["in"] == "query"
        ],
    }
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "description": operation["summary"],
        "header": [{"key": "Accept", "value": "application/json"}],
    }
    content = content_of(operation)
    if content is not None:
        request["body"] = body(*content, described)
    security = [name for each in operation.get("security", []) for name in each]
    if "client" in security:
        request["auth"] = {
            "type": "basic",
            "basic": [
                {"key": "username", "value": "{{client_id}}", "type": "string"},
                {"key": "password", "value": "{{client_secret}}", "type": "string"},
            ],
        }
    elif not {"bearer", "api_key"} & set(security):
        request["auth"] = {"type": "noauth"}
    found: dict[str, Any] = {"name": f"{method} {path}", "request": request, "response": []}
    if method == "POST" and {"200", "201"} & operation["responses"].keys():
        script: dict[str, Any] = {"type": "text/javascript", "exec": KEEP_TOKENS.splitlines()}
        found["event"] = [{"listen": "test", "script": script}]
    return found


def body(media_type: str, schema: Mapping[str, Any], described: Document) -> dict[str, Any]:
    """The body of a request, with the members that it must have."""
    value = sample(described, schema)
    if media_type.endswith("json"):
        options = {"raw": {"language": "json"}}
        return {"mode": "raw", "raw": json.dumps(value, indent=2), "options": options}
    return {
        "mode": "urlencoded",
        "urlencoded": [{"key": key, "value": str(each)} for key, each in value.items()],
    }


def python_client(described: Document) -> str:
    """The module."""
    methods = (method_of(*each) for each in operations(described))
    return CLIENT_HEAD + "".join(methods)


def method_of(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """One method of the class."""
    parameters = operation.get("parameters", [])
    names = [each["name"] for each in parameters if each["in"] == "path"]
    queries = [each["name"] for each in parameters if each["in"] == "query"]
    content = content_of(operation)
    arguments = ["self", *(f"{python_name(name)}: str" for name in names)]
    given = []
    if content is not None:
        kind = "body" if content[0].endswith("json") else "form"
        is_required = operation["requestBody"].get("required", False)
        default = "" if is_required else " | None = None"
        arguments.append(f"{kind}: Mapping[str, Any]{default}")
        given.append(f"{kind}={kind}" if is_required else f"{kind}={kind} or {{}}")
    if queries:
        arguments += ["*", *(f"{python_name(name)}: Any = None" for name in queries)]
        pairs = ", ".join(f'"{name}": {python_name(name)}' for name in queries)
        given.append(f"query={{{pairs}}}")
    filled = re.sub(r"\{(\w+)\}", lambda found: f"{{_part({python_name(found[1])})}}", path)
    address = f'f"{filled}"' if names else f'"{path}"'
    lines = [f'"{method}"', address, *given]
    return (
        f"\n    def {operation['operationId']}(\n        {', '.join(arguments)}\n    ) -> Any:\n"
        f'        """{operation["summary"].rstrip(".")}."""\n'
        f"        return self.call({', '.join(lines)})\n"
    )


def python_name(name: str) -> str:
    """A name that Python lets a parameter have."""
    name = re.sub(r"\W", "_", name)
    return f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) else name


def formatted(source: str) -> str:
    """The source as ruff writes it, which `./test check` asks for."""
    import subprocess  # noqa: PLC0415 - the check of others needs none

    command = [sys.executable, "-m", "ruff", "format", "-q", "--stdin-filename", str(CLIENT), "-"]
    return subprocess.run(
        command, input=source, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def contents() -> dict[Path, str]:
    """What the files must hold."""
    described = document()
    part = '\n\ndef _part(value: str) -> str:\n    """A value as one part of a path."""\n    return quote(value, safe="")\n'
    return {
        COLLECTION: json.dumps(postman(described), indent=2, ensure_ascii=False) + "\n",
        CLIENT: formatted(python_client(described) + part),
    }


def main() -> int:
    """Write, or compare."""
    wrong = [
        path for path, text in contents().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in sys.argv:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not in step: run scripts/documents.py")
        return bool(wrong)
    for path, text in contents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
