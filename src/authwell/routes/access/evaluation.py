"""`/access/v1/evaluation`: may this subject do that? (AuthZEN Authorization API 1.0, section 6)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.middleware.api.administrators import administrator
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, account_or
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.access import ADMIN
from authwell.storage.people.accounts import Accounts

api = Api("access", "/access", prefixes=())

USER = "user"


class EntitySchema(Schema):
    """A subject or a resource (sections 5.1 and 5.2)."""

    type = text(255, required=True)
    id = text(255, required=True)
    properties = fields.Dict()


class ActionSchema(Schema):
    """What shall be done (section 5.3)."""

    name = text(255, required=True)
    properties = fields.Dict()


class EvaluationSchema(Schema):
    """The question (section 6.1)."""

    subject = fields.Nested(EntitySchema, required=True)
    action = fields.Nested(ActionSchema, required=True)
    resource = fields.Nested(EntitySchema, required=True)
    context = fields.Dict()


class DecisionSchema(Schema):
    """The answer (section 5.5)."""

    decision = fields.Boolean(required=True)


_ASKING: Mapping[str, Any] = {
    "needs": account_or("permission", "read"),
    "body": EvaluationSchema,
    "answer": DecisionSchema,
}


@api.add("POST", "/v1/evaluation", **_ASKING)
@api.add("POST", "/evaluation", **_ASKING)
def evaluate(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether an account may do this; about others only administrators may ask."""
    subject, resource = body["subject"], body["resource"]
    caller = administrator()
    is_own = caller.account is not None and caller.account.id == subject["id"]
    is_allowed = ADMIN in caller.token.scope and caller.held.allows("permission", "read")
    if not is_own and not is_allowed:
        raise Problem(403, "forbidden", "This needs the permission permission:read.")
    return {
        "decision": subject["type"] == USER
        and _may(subject["id"], resource["type"], body["action"]["name"], resource["id"])
    }


def _may(account_id: str, resource_type: str, action: str, resource_id: str) -> bool:
    server = authorization_server()
    record = Accounts(site().database).find(server.tenant.id, account_id)
    if record is None or record.status != "active":
        return False
    held = server.store.access.of(server.tenant, record.account)
    return held.allows(resource_type, action, resource_id)


well_known = Api("authzen_metadata", "/.well-known/authzen-configuration", prefixes=())


class MetadataSchema(Schema):
    """The metadata document (section 9)."""

    policy_decision_point = fields.String(required=True)
    access_evaluation_endpoint = fields.String(required=True)


@well_known.add("GET", "", needs=None, answer=MetadataSchema)
def show_metadata() -> Mapping[str, Any]:
    """What the decision point offers, and where."""
    issuer = authorization_server().issuer
    return {
        "policy_decision_point": issuer,
        "access_evaluation_endpoint": f"{issuer}/access/v1/evaluation",
    }
