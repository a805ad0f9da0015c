"""Operations of the first-party API: a table for the router and for the OpenAPI document.

A view of an operation gets what a schema let through, and answers with what is to be JSON. It is
mounted at its own path and below each prefix that older documents write (REQUIREMENTS.md K1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import getdoc
from typing import Any, Final, TypeVar

import orjson
from flask import Blueprint, Flask, Response
from marshmallow import Schema

from authwell.identity.access import ADMIN
from authwell.middleware.api import errors, tenants
from authwell.middleware.api.bodies import read_body, read_query
from authwell.middleware.api.callers import require_account
from authwell.middleware.api.versions import versioned
from authwell.middleware.bearer import require_scope
from authwell.middleware.limits import limit_api

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
        is_administrator: the token has the scope `admin`, and is an account's or a client's.
    """

    key_scope: str | None = None
    is_administrator: bool = False


ACCOUNT: Final = Needs()
"""An access token with the scope `account`; no key will do."""

ADMINISTRATOR: Final = Needs(is_administrator=True)
"""An access token with the scope `admin`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table.

    Attributes:
        body: its members; None: the body is not read.
        forms: whether the body may be a form.
        query: the parameters of the URL.
        answer: what a success looks like; None: nothing.
        needs: None for what strangers may call.
        refusals: statuses of refusals, with what each means, beside those that all have.
        versioned: whether it is about one object that has an `ETag`: one that reads answers 304
            to who has it, and the view of one that writes asks `versions.expected()`.
    """

    method: str
    path: str
    summary: str
    body: type[Schema] | None = None
    forms: bool = False
    query: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    needs: Needs | None = ACCOUNT
    refusals: Mapping[int, str] | None = None
    versioned: bool = False


class Api:
    """A part of the first-party API: the operations below one path."""

    def __init__(self, name: str, path: str, prefixes: tuple[str, ...]) -> None:
        """Begin with none.

        Args:
            name: of the blueprint; the document groups by it.
            path: below which they are, such as `/auth`.
            prefixes: of `PREFIXES`, under which they are found as well.
        """
        self.name = name
        self.path = path
        self.operations: list[Operation] = []
        self._prefixes = ("", *prefixes)
        self._blueprint = Blueprint(name, __name__)
        errors.register(self._blueprint)
        tenants.choose(self._blueprint)

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
        for prefix in self._prefixes:
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
    if operation.needs.is_administrator:
        return require_scope(ADMIN)(view)
    return require_account(operation.needs.key_scope)(view)


def _answering(operation: Operation, view: View) -> Callable[..., Response]:
    """The view with what the schemas let through, and its answer as a response."""
    body = operation.body() if operation.body is not None else None
    query = operation.query() if operation.query is not None else None
    # Who calls names the tenant; nobody's call may do so in its body.
    without = tenants.MEMBER if operation.needs is None else None

    @wraps(view)
    def answering(**kwargs: Any) -> Response:
        if query is not None:
            kwargs["query"] = read_query(query)
        if body is not None:
            kwargs["body"] = read_body(body, forms=operation.forms, without=without)
        found = view(**kwargs)
        if isinstance(found, Response):
            return found
        if found is None:
            return Response(status=204, headers={"Cache-Control": "no-store"})
        if operation.versioned:
            return versioned(found, operation.status)
        return json_response(found, operation.status)

    return answering
