"""Invitations and domains by API: what a tenant's administrators do themselves (FEATURES.md 3.6)."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import select

from authwell.identity.configuration.authors import Author
from authwell.models.audit import audit_events
from authwell.storage.statements import Statement
from authwell.storage.tenancy.domains import verify_domain
from tests.parts.https import HttpsServer, Reply, https_server
from tests.parts.names import NameServer, name_server
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Talker, an_application
from tests.support.letters import take_letter, token_of
from tests.support.tenants import add_service, add_tenant, as_service

GOOD = "Correct-Horse-7-Battery"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("domain")) as running:
        yield running


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with name_server() as running:
        yield running


@pytest.fixture(scope="module")
def api(other: HttpsServer, names: NameServer) -> Iterator[Talker]:
    """An application that may call the other servers."""
    settings = {
        "OUTGOING_ALLOW": other.host_port,
        "OUTGOING_CA_FILE": str(other.ca_file),
        "DNS_SERVER": names.address,
    }
    with an_application(**settings) as talker:
        yield talker


@pytest.fixture(scope="module")
def token(api: Talker) -> str:
    """An administrator's."""
    return administrator_token(api)


def invite(api: Talker, token: str, email: str, *roles: str) -> dict[str, object]:
    answer = api.call(
        "POST", "/invitations", token=token, json={"email": email, "roles": list(roles)}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


@pytest.mark.req("TN-05")
def test_a_client_answers_for_what_it_sends_until_somebody_else_does(
    api: Talker, token: str
) -> None:
    add_service(api.application.site, "default")
    credentials = {"grant_type": "client_credentials", "scope": "admin"}
    given = api.call("POST", "/oauth/token", data=credentials, headers=as_service()).json
    service = given["access_token"]
    made = invite(api, service, "robot@people.example", "admin")
    path = f"/invitations/{made['id']}"

    resent = [api.call("POST", f"{path}/resend", token=each).json for each in (service, token)]

    assert made["invited_by"] == resent[0]["invited_by"] == "client:service"
    assert not resent[1]["invited_by"].startswith("client:")
    assert api.call("DELETE", path, token=service).status_code == 204


@pytest.mark.req("RC-10", "3.6", "K34")
def test_an_invitation_becomes_an_account_with_its_roles(api: Talker, token: str) -> None:
    made = invite(api, token, "grace@people.example", "moderator")
    letter = take_letter(api.application.site, "invitation")
    sent = {"token": token_of(letter), "username": "grace", "password": GOOD}

    accepted = api.call("POST", "/invitations/accept", json=sent)
    again = api.call("POST", "/invitations/accept", json=sent)

    found = api.call("GET", f"/invitations/{made['id']}", token=token).json
    assert (accepted.status_code, again.status_code) == (201, 400)
    assert accepted.json["user"]["roles"] == ["moderator"]
    assert (found["status"], found["account_id"]) == ("accepted", accepted.json["user"]["id"])
    assert api.log_in("grace", GOOD)["access_token"]


@pytest.mark.req("TN-09", "RC-10")
def test_who_invites_is_not_shown_the_token(api: Talker, token: str) -> None:
    made = invite(api, token, "secret@people.example")
    value = token_of(take_letter(api.application.site, "invitation"))

    shown = api.call("GET", "/invitations?limit=200", token=token)

    assert str(made["id"]) in shown.text
    assert value not in f"{made}{shown.text}"


@pytest.mark.req("TN-05")
def test_nobody_invites_to_more_than_they_hold(api: Talker) -> None:
    mod = administrator_token(api, "mod", "moderator")

    refused = api.call("POST", "/invitations", token=mod, json={"email": "x@people.example"})

    assert refused.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "nobody"},
        {"email": "a@people.example", "roles": ["no such role"]},
        {"email": "a@people.example", "roles": "admin"},
        {"email": "a@people.example", "token": "chosen"},
    ],
)
def test_a_body_that_does_not_fit_is_refused(api: Talker, token: str, body: object) -> None:
    assert api.call("POST", "/invitations", token=token, json=body).status_code == 400


@pytest.mark.req("RC-11")
def test_a_withdrawn_one_is_gone_and_a_resent_one_has_another_link(api: Talker, token: str) -> None:
    path = f"/invitations/{invite(api, token, 'again@people.example')['id']}"
    first = token_of(take_letter(api.application.site, "invitation"))

    resent = api.call("POST", f"{path}/resend", token=token)
    second = token_of(take_letter(api.application.site, "invitation"))
    old = api.call("POST", "/invitations/accept", json={"token": first, "password": GOOD})
    gone = api.call("DELETE", path, token=token)
    late = api.call("POST", "/invitations/accept", json={"token": second, "password": GOOD})

    assert (resent.status_code, gone.status_code) == (200, 204)
    assert (old.status_code, late.status_code) == (400, 400)
    assert api.call("DELETE", path, token=token).status_code == 404
    assert api.call("GET", path, token=token).json["status"] == "withdrawn"


@pytest.mark.req("TN-05")
def test_nobody_sends_again_what_gives_more_than_they_have(api: Talker, token: str) -> None:
    body = {"name": "inviter", "permissions": ["user:create"]}
    assert api.call("POST", "/roles", token=token, json=body).status_code == 201
    lesser = administrator_token(api, "lessa", "inviter")
    path = f"/invitations/{invite(api, token, 'chief@people.example', 'admin')['id']}"

    assert api.call("POST", f"{path}/resend", token=lesser).status_code == 403
    assert api.call("POST", f"{path}/resend", token=token).status_code == 200
    assert api.call("DELETE", path, token=lesser).status_code == 403
    instead = api.call("POST", "/invitations", token=lesser, json={"email": "chief@people.example"})
    assert instead.status_code == 403
    assert api.call("GET", path, token=token).json["status"] == "open"


@pytest.mark.req("3.6", "WH-01")
def test_a_domain_counts_once_its_file_was_seen(
    api: Talker, token: str, other: HttpsServer
) -> None:
    body = {"domain": other.host_port, "use": "host"}
    made = api.call("POST", "/domains", token=token, json=body).json
    path = f"/domains/{made['id']}"

    before = api.call("POST", f"{path}/verify", token=token)
    other.replies["/.well-known/authwell-domain"] = Reply(f"x\n{made['challenge']}\n".encode())
    after = api.call("POST", f"{path}/verify", token=token)

    assert made["challenge_url"] == f"{other.origin}/.well-known/authwell-domain"
    assert (before.status_code, before.json["code"]) == (409, "domain_not_shown")
    assert after.json["verified_at"] is not None
    assert api.call("POST", "/domains", token=token, json=body).status_code == 409
    assert made["id"] in api.call("GET", "/domains", token=token).text
    assert api.call("DELETE", path, token=token).status_code == 204
    assert api.call("GET", path, token=token).status_code == 404


@pytest.mark.req("3.6")
def test_a_domain_counts_once_its_record_was_seen(
    api: Talker, token: str, names: NameServer
) -> None:
    made = api.call("POST", "/domains", token=token, json={"domain": "fern.example"}).json
    path = f"/domains/{made['id']}"

    names.texts[made["challenge_name"]] = ["v=spf1 -all", "domain_of-another"]
    before = api.call("POST", f"{path}/verify", token=token)
    names.texts[made["challenge_name"]] = ["v=spf1 -all", made["challenge"]]
    after = api.call("POST", f"{path}/verify", token=token)

    assert made["challenge_name"] == "_authwell-challenge.fern.example"
    assert (before.status_code, before.json["code"]) == (409, "domain_not_shown")
    assert after.json["verified_at"] is not None
    told = Statement(select(audit_events.c.data).where(audit_events.c.type == "domain.verified"))
    events = [row.data for row in api.application.site.database.all(told, {})]
    assert {"domain": "fern.example", "use": "email", "way": "dns"} in events


@pytest.mark.parametrize("domain", ["", "nothing", "127.0.0.1", "a b.example", "x@acme.example"])
def test_what_is_no_domain_is_refused(api: Talker, token: str, domain: str) -> None:
    answer = api.call("POST", "/domains", token=token, json={"domain": domain})

    assert answer.status_code == 400


@pytest.mark.req("3.6", "AU-01")
def test_an_address_leads_to_the_tenant_that_has_its_domain(api: Talker, token: str) -> None:
    site = api.application.site
    tenant = add_tenant(site, "acme")
    add_service(site, "acme")
    made = site.domains.add(tenant.id, "acme.example", "email", Author("test", site.clock()))
    resource = quote("acct:alice@acme.example")

    before = api.call("GET", f"/.well-known/webfinger?resource={resource}")
    with site.database.transaction() as transaction:
        verify_domain(transaction, tenant.id, made.id, site.clock())
    after = api.call("GET", f"/.well-known/webfinger?resource={resource}")

    assert before.status_code == 404
    assert [link["href"] for link in after.json["links"]] == [tenant.issuer]
