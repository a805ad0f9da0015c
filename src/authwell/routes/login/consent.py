"""The consent page (RFC 6749 section 4.1.1 step B, OpenID Connect Core section 3.1.2.4)."""

from dataclasses import replace

from flask import Response, request

from authwell.identity.clients.consent import granted, question
from authwell.middleware import steps
from authwell.middleware.context import authorization_server, current_session
from authwell.middleware.replies import reply
from authwell.middleware.sentences import translated
from authwell.protocol.authorization import interaction, response
from authwell.protocol.authorization.interaction import AskConsent
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account


def show() -> Response:
    """The page, if consent is what comes next."""
    found = steps.find_waiting()
    step, session = steps.current_step(found), current_session()
    if not isinstance(step, AskConsent) or session is None:
        return steps.go_on(found)
    return _page(found, step, session.account)


def decide() -> Response:
    """Allow or cancel; anything else shows the page again."""
    found = steps.find_waiting()
    if "cancel" in request.form:
        return steps.cancel(found)
    step, session = steps.current_step(found), current_session()
    if not isinstance(step, AskConsent) or session is None:
        return steps.go_on(found)
    if request.form.get("decision") != "allow":
        return _page(found, step, session.account)
    allowed = granted(step, request.form.getlist("scope"))
    decision = response.Decision(
        step=interaction.Grant(session, allowed & step.scope, allowed & step.told),
        interaction=found.interaction,
        asked=True,
    )
    return reply(response.grant_request(authorization_server(), found.request, decision))


def _page(found: Waiting, step: AskConsent, account: Account) -> Response:
    asked = question(authorization_server().tenant, found.request, step)
    return steps.page(
        "consent.html",
        found,
        action=steps.address("decide_consent", found),
        client_host=asked.client_host,
        account_name=steps.name_of(account),
        scopes=[replace(line, description=translated(line.description)) for line in asked.scopes],
        resources=asked.resources,
        offline=asked.offline,
    )
