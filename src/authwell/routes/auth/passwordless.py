"""`/auth/passwordless`: logging in by a link in a mail (REQUIREMENTS.md E8, E9).

The link leads to a page of ours. Opened there it shows a code for the program that asked; a
program that is given the link's token itself sends that instead (THREATS.md RC-12).
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.login.entrance import Shown
from authwell.identity.login.magic_links import Asked, MagicLinkRefused
from authwell.middleware.api.fields import secret, text
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.metrics import count_login, log_with
from authwell.protocol import authentication_context as context
from authwell.protocol.model import Account
from authwell.routes.auth.part import api
from authwell.routes.auth.tokens import TokensSchema, tokens_for


class MagicLinkSchema(Schema):
    """Who wants a link."""

    email = text(320, required=True)


class AskedSchema(Schema):
    """The same for every address."""

    message = fields.String(required=True)
    request = fields.String(required=True, metadata={"description": "Sent with the code"})


class LinkLoginSchema(Schema):
    """The token of the link; or the code that it showed, with what `send` answered."""

    token = secret()
    request = secret()
    code = text(32)

    @validates_schema
    def _is_whole(self, data: Mapping[str, Any], **_: Any) -> None:
        if set(data) not in ({"token"}, {"request", "code"}):
            raise ValidationError("Send token, or request and code.", "token")


@api.add(
    "POST",
    "/passwordless/send",
    body=MagicLinkSchema,
    answer=AskedSchema,
    needs=None,
    limit=limit_address,
    refusals={404: "Links by mail are switched off"},
)
def send_magic_link(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send a link to log in by, if the address belongs to an account."""
    _require_offered()
    email = body["email"]
    asked = Asked(email, None, allowed=mail_allowed("magic_link", email))
    request = site().magic_links.send(authorization_server(), asked)
    site().outbox_bell.set()
    return {
        "message": "If the address belongs to an account, a link is on its way.",
        "request": request,
    }


@api.add(
    "POST",
    "/passwordless/verify",
    body=LinkLoginSchema,
    answer=TokensSchema,
    needs=None,
    limit=limit_address,
    refusals={
        401: "The link or its code is wrong, used or too old, or was asked for elsewhere",
        404: "Links by mail are switched off",
    },
)
def verify_magic_link(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Log in by a link, or by the code that it showed."""
    _require_offered()
    server = authorization_server()
    try:
        account = _owner(body)
    except MagicLinkRefused as refusal:
        count_login("failure")
        sentence = "The link does not work, or not any more. Ask for a new one."
        raise Problem(401, "invalid_token", sentence) from refusal
    count_login("success")
    log_with(account_id=account.id)
    return tokens_for(site().entrance.enter(server, Shown(account, {context.LINK: server.now})))


def _owner(body: Mapping[str, Any]) -> Account:
    server, links = authorization_server(), site().magic_links
    if "token" in body:
        return links.use(server, body["token"], None)
    return links.confirm(server, body["request"], body["code"], None)


def _require_offered() -> None:
    if not site().magic_links.are_offered(authorization_server().tenant):
        raise Problem(404, "not_found", "Links by mail are switched off.")
