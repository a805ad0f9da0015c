"""Policy, branding, audit and the overview in the console."""

import json

import pytest

from authwell.identity.administration.event_counts import DailyCounts
from tests.routes.console.conftest import at_console, events, page, send, send_from, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup

POLICY = "/console/policy"
BRANDING = "/console/branding"


@pytest.mark.req("9.2")
def test_the_policy_is_changed_and_what_is_wrong_is_told(here: Here, admin: Browser) -> None:
    refused = send(admin, f"{POLICY}/edit", name="Fernwood", policy='{"code_lifetime": "long"}')
    odd = send(admin, f"{POLICY}/edit", name="Fernwood", policy="[]")
    deep = send(admin, f"{POLICY}/edit", name="Fernwood", policy='{"a":' * 300 + "1" + "}" * 300)
    after = send(admin, f"{POLICY}/edit", name="Fernwood", policy='{"code_lifetime": 30}')

    assert (refused.status_code, odd.status_code, deep.status_code) == (422, 422, 422)
    assert at(after) == POLICY
    assert "code_lifetime 30" in shown(after)
    assert events(here, "tenant.updated")[-1]["actor"]


@pytest.mark.req("9.2")
def test_an_algorithm_that_the_policy_adds_has_keys_at_once(here: Here, admin: Browser) -> None:
    send(
        admin,
        f"{POLICY}/edit",
        name="Fernwood",
        policy=json.dumps({"signing_algs": ["RS256", "PS256"]}),
    )

    assert here.rows("SELECT kid FROM signing_keys WHERE alg = 'PS256' AND state = 'active'")
    send(admin, f"{POLICY}/edit", name="Fernwood", policy="{}")


@pytest.mark.req("9.2")
def test_the_policy_is_not_saved_over_a_change_made_meanwhile(here: Here, admin: Browser) -> None:
    opened = page(admin, f"{POLICY}/edit")
    send(admin, f"{POLICY}/edit", name="Fernwood", policy='{"code_lifetime": 40}')
    told = len(events(here, "tenant.updated"))
    typed = {"name": "Fernwood Library", "policy": '{"code_lifetime": 20}'}

    refused = send_from(admin, opened, **typed)

    assert refused.status_code == 422
    assert "Somebody else changed this" in shown(refused)
    assert "code_lifetime 40" in shown(page(admin, POLICY))
    assert len(events(here, "tenant.updated")) == told
    form = soup(refused)
    assert form.select_one("#name[value='Fernwood Library']")
    assert typed["policy"] in form.get_text()
    assert "code_lifetime 20" in shown(send_from(admin, refused, **typed))
    send(admin, f"{POLICY}/edit", name="Fernwood", policy="{}")


@pytest.mark.req("9.2")
def test_a_mistake_does_not_make_an_old_form_a_new_one(admin: Browser) -> None:
    opened = page(admin, f"{POLICY}/edit")
    send(admin, f"{POLICY}/edit", name="Fernwood", policy='{"code_lifetime": 40}')

    mistaken = send_from(admin, opened, name="Fernwood", policy="[]")
    refused = send_from(admin, mistaken, name="Fernwood", policy="{}")

    assert "Somebody else changed this" not in shown(mistaken)
    assert "Somebody else changed this" in shown(refused)
    send(admin, f"{POLICY}/edit", name="Fernwood", policy="{}")


@pytest.mark.req("9.2")
@pytest.mark.parametrize("version", [None, "", "x"])
@pytest.mark.parametrize("path", [f"{POLICY}/edit", BRANDING])
def test_a_form_that_names_no_version_saves_nothing(
    here: Here, admin: Browser, path: str, version: str | None
) -> None:
    told = len(events(here, "tenant.updated"))

    refused = send_from(admin, page(admin, path), name="Eve", policy="{}", version=version)

    assert refused.status_code == 422
    assert len(events(here, "tenant.updated")) == told


@pytest.mark.req("9.2")
def test_looks_are_not_saved_over_a_change_made_meanwhile(here: Here, admin: Browser) -> None:
    opened = page(admin, BRANDING)
    send(admin, BRANDING, **{"light.brand": "#123456"})
    typed = {"light.brand": "#654321"}

    seen = send_from(admin, opened, "preview", **typed)
    refused = send_from(admin, seen, **typed)

    assert refused.status_code == 422
    assert "#654321" in refused.text
    assert "#123456" in page(admin, BRANDING).text
    assert "#654321" in send_from(admin, refused, **typed).text
    send(admin, BRANDING, **{"light.brand": ""})


@pytest.mark.req("9.2")
def test_policy_and_looks_leave_each_other_alone(admin: Browser) -> None:
    opened = {path: page(admin, path) for path in (f"{POLICY}/edit", BRANDING)}

    send_from(admin, opened[BRANDING], **{"light.brand": "#123456"})
    after = send_from(
        admin, opened[f"{POLICY}/edit"], name="Fernwood", policy='{"code_lifetime": 40}'
    )

    assert at(after) == POLICY
    assert "#123456" in page(admin, BRANDING).text
    send(admin, BRANDING, **{"light.brand": ""})
    assert "code_lifetime 40" in shown(page(admin, POLICY))
    send(admin, f"{POLICY}/edit", name="Fernwood", policy="{}")


@pytest.mark.req("9.2", "BR-04")
def test_colours_are_seen_before_they_are_kept(here: Here, admin: Browser) -> None:
    colours = {"light.brand": "#123456", "logo_uri": "https://fernwood.example/logo.png"}

    seen = send(admin, BRANDING, "preview", **colours)
    sheet = soup(seen).select_one("link[href*='preview.css']")
    assert sheet is not None
    styles = admin.get(f"{ISSUER}{sheet['href']}")

    assert styles.headers["content-type"].startswith("text/css")
    assert "--color-brand: #123456" in styles.text
    assert "https://fernwood.example" in seen.headers["content-security-policy"]
    assert "#123456" not in page(admin, BRANDING).text
    after = send(admin, BRANDING, **colours)
    assert "#123456" in after.text
    send(admin, BRANDING, **dict.fromkeys(colours, ""))


@pytest.mark.req("BR-04")
@pytest.mark.parametrize(
    "values",
    [
        {"light.brand": "red; } body { display: none"},
        {"light.text": "#ffffff"},
        {"logo_uri": "https://x.example/;script-src *"},
        {"logo_uri": "javascript:alert(1)"},
    ],
)
def test_what_is_no_colour_or_cannot_be_read_is_refused(
    admin: Browser, values: dict[str, str]
) -> None:
    refused = send(admin, BRANDING, **values)
    sheet = admin.get(f"{ISSUER}{BRANDING}/preview.css", values)

    assert refused.status_code == 422
    assert "display: none" not in sheet.text
    assert "script-src *" not in refused.headers["content-security-policy"]


@pytest.mark.req("9.2", "L2")
def test_a_login_is_seen_in_the_audit(here: Here, admin: Browser) -> None:
    at_console(here, "carol")

    text = shown(page(admin, "/console/audit"))

    assert "login.succeeded" in text


@pytest.mark.req("9.2")
def test_the_overview_counts_logins_by_day_with_one_statement(here: Here, admin: Browser) -> None:
    at_console(here, "carol")
    counts, tenant = DailyCounts(here.site.database), here.site.snapshots.current()[0]

    text = shown(page(admin, "/console"))
    first = counts.of(tenant.id, here.clock.now)
    second = counts.of(tenant.id, here.clock.now)

    assert "Logins" in text
    assert first == second
    assert len(first) == 14
    assert first[-1][0] == here.clock.now.date()
    assert first[-1][1]["login.succeeded"] >= 2


@pytest.mark.req("9.2", "L2", "L3")
def test_events_are_narrowed_and_one_is_shown(here: Here, admin: Browser) -> None:
    stranger = here.browser()
    stranger.log_in(stranger.open(f"{ISSUER}/account"), "carol", "wrong")

    failed = page(admin, "/console/audit?type=login.failed&which=security&account_id=&address=")
    link = soup(failed).select_one("td a[href*='/console/audit/']")
    assert link is not None
    found = {row.select("td")[1].get_text() for row in soup(failed).select("tbody tr")}

    assert found == {"login.failed"}
    assert "request_id" in shown(page(admin, str(link["href"])))
    assert admin.get(f"{ISSUER}/console/audit/x").status_code == 404
    assert admin.get(f"{ISSUER}/console/audit?type=x").status_code == 400
