"""Operations of the first-party API: a table for the router and for the OpenAPI document.

A view of an operation gets what a schema let through, and answers with what is to be JSON. It is
mounted at its own path and below each prefix that older documents write (REQUIREMENTS.md K1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from inspect import getdoc
from typing import Any, Final, TypeVar

import orjson
from flask import Blueprint, Flask, Response
from marshmallow import Schema

from authwell.middleware.api import errors, tenants
from authwell.middleware.api.administrators import require_permission
from authwell.middleware.api.bodies import JSON, read_body, read_query
from authwell.middleware.api.callers import require_account
from authwell.middleware.api.fields import ProblemSchema
from authwell.middleware.api.versions import versioned
from authwell.middleware.context import authorization_server
from authwell.middleware.limits.decorators import limit_api
from authwell.protocol.access import Permission
from authwell.storage.walls import wall

View = Callable[..., Mapping[str, Any] | Response | None]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
V = TypeVar("V", bound=View)

PREFIXES: Final[Mapping[str, str]] = {"": "", "/api/v1": "_v1", "/api": "_api"}
"""Where the API may be mounted, and how its endpoints are called there."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a caller must bring: an access token, or an API key with this scope, if there is one.

    Attributes:
        key_scope: None: no key will do.
        permission: an access token with the scope `admin`, whose holder, an account or a client,
            has this permission.
        or_account: whether a token of any account will do instead, with the scope `account`.
        is_leaving: whether a login that lacked a second factor will do for an account's token.
        is_of_all: whether the operation is about all tenants, so that the wall between them
            (`storage/walls.py`) does not stand while its view runs.
    """

    key_scope: str | None = None
    permission: Permission | None = None
    or_account: bool = False
    is_of_all: bool = False
    is_leaving: bool = False


ACCOUNT: Final = Needs()
"""An access token with the scope `account`; no key will do."""
LEAVING: Final = Needs(is_leaving=True)
"""The same of whoever logs out."""


def permission(resource_type: str, action: str) -> Needs:
    """An administrator's token whose holder may do this."""
    return Needs(permission=Permission(resource_type, action))


def permission_over_all(resource_type: str, action: str) -> Needs:
    """The same for what is about all tenants."""
    return Needs(permission=Permission(resource_type, action), is_of_all=True)


def account_or(resource_type: str, action: str) -> Needs:
    """The same, or a token of any account."""
    return Needs(permission=Permission(resource_type, action), or_account=True)


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table.

    Attributes:
        body: its members; None: the body is not read.
        forms: whether the body may be a form.
        media: what else the body may be called than JSON.
        reads: reads the body by itself; `body` only describes it then.
        query: the parameters of the URL.
        answer: what a success looks like; None: nothing.
        headers: of a success, with what each says.
        needs: None for what strangers may call.
        refusals: statuses of refusals, with what each means, beside those that all have.
        versioned: whether it is about one object that has an `ETag`: one that reads answers 304
            to who has it, and the view of one that writes asks `versions.expected()`.
        problem: what a refusal looks like.
        produces: media types of an answer that is no JSON; the view makes the response.
        proofs: security schemes of the document, all of which the view itself asks for.
        sent_headers: of the request that the view reads, with what each says.
    """

    method: str
    path: str
    summary: str
    body: type[Schema] | None = None
    forms: bool = False
    media: tuple[str, ...] = (JSON,)
    reads: Callable[[], Mapping[str, Any]] | None = None
    query: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    headers: Mapping[str, str] | None = None
    needs: Needs | None = ACCOUNT
    refusals: Mapping[int, str] | None = None
    versioned: bool = False
    problem: type[Schema] = ProblemSchema
    produces: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    sent_headers: Mapping[str, str] | None = None


class Api:
    """A part of the first-party API: the operations below one path."""

    def __init__(
        self,
        name: str,
        path: str,
        prefixes: tuple[str, ...],
        *,
        more_errors: Callable[[Blueprint], None] | None = None,
    ) -> None:
        """Begin with none.

        Args:
            name: of the blueprint; the document groups by it.
            path: below which they are, such as `/auth`.
            prefixes: of `PREFIXES`, under which they are found as well.
            more_errors: registers handlers for what this part raises beside the others.
        """
        self.name = name
        self.path = path
        self.operations: list[Operation] = []
        self.prefixes = ("", *prefixes)
        self._blueprint = Blueprint(name, __name__)
        errors.register(self._blueprint)
        tenants.choose(self._blueprint)
        if more_errors is not None:
            more_errors(self._blueprint)

    def add(
        self,
        method: str,
        path: str,
        *,
        limit: Decorator = limit_api,
        **described: Any,
    ) -> Callable[[V], V]:
        """Decorate the view of an operation, which stays as it is: it may have several paths.

        Args:
            method: of HTTP.
            path: below the path of this part.
            limit: decorates what is mounted; RATE_LIMITING_DEFAULT unless it has its own.
            described: the other members of `Operation`.
        """

        def decorate(view: V) -> V:
            summary = (getdoc(view) or "").partition("\n")[0]
            operation = Operation(method, path, summary, **described)
            self.operations.append(operation)
            self._blueprint.add_url_rule(
                path,
                endpoint=f"{view.__name__}_{len(self.operations)}",
                view_func=limit(_guarded(operation, _answering(operation, view))),
                methods=[method],
                strict_slashes=False,
            )
            return view

        return decorate

    def mount(self, app: Flask) -> None:
        """Register the operations under each prefix."""
        for prefix in self.prefixes:
            app.register_blueprint(
                self._blueprint,
                url_prefix=f"{prefix}{self.path}",
                name=f"{self.name}{PREFIXES[prefix]}",
            )


def json_response(body: Mapping[str, Any], status: int = 200) -> Response:
    """JSON that no cache keeps."""
    response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _guarded(operation: Operation, view: Callable[..., Response]) -> Callable[..., Response]:
    """Who calls is asked before anything of the request is read."""
    if operation.needs is None:
        return view
    needs = operation.needs
    if needs.permission is not None:
        inner = view if needs.is_of_all else _behind_wall(view)
        return require_permission(*needs.permission, or_account=needs.or_account)(inner)
    return require_account(needs.key_scope, is_leaving=needs.is_leaving)(view)


def _behind_wall(view: Callable[..., Response]) -> Callable[..., Response]:
    """The view, to which the database shows its tenant's rows only (docs/decisions/0015)."""

    @wraps(view)
    def walled(**kwargs: Any) -> Response:
        with wall(authorization_server().tenant.id):
            return view(**kwargs)

    return walled


def _answering(operation: Operation, view: View) -> Callable[..., Response]:
    """The view with what the schemas let through, and its answer as a response."""
    read = _reader(operation)
    query = operation.query() if operation.query is not None else None

    @wraps(view)
    def answering(**kwargs: Any) -> Response:
        if query is not None:
            kwargs["query"] = read_query(query)
        if read is not None:
            kwargs["body"] = read()
        found = view(**kwargs)
        if isinstance(found, Response):
            return found
        if found is None:
            return Response(status=204, headers={"Cache-Control": "no-store"})
        if operation.versioned:
            return versioned(found, operation.status)
        return json_response(found, operation.status)

    return answering


def _reader(operation: Operation) -> Callable[[], Mapping[str, Any]] | None:
    if operation.reads is not None or operation.body is None:
        return operation.reads
    # Who calls names the tenant; nobody's call may do so in its body.
    without = tenants.MEMBER if operation.needs is None else None
    return partial(read_body, operation.body(), forms=operation.forms, without=without)
