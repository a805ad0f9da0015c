"""`authwell domain`: an operator names a domain, shows that it is the tenant's, and forgets it."""

import pytest

from tests.ops.conftest import Run, answer
from tests.parts.names import name_server

DOMAIN = "acme.example"


@pytest.mark.req("H4")
def test_a_domain_lives_through_its_commands(run: Run) -> None:
    with name_server() as names:
        dns = {"DNS_SERVER": names.address}
        made = answer(run("domain", "add", DOMAIN, "--json", **dns))
        early = run("domain", "verify", DOMAIN, **dns)
        names.texts[made["txt_record"]] = [made["challenge"]]
        verified = run("domain", "verify", DOMAIN, **dns)
    (listed,) = answer(run("domain", "list", "--json"))
    removed = run("domain", "remove", DOMAIN, "--yes")

    assert made["file"].startswith(f"https://{DOMAIN}/")
    assert early.exit_code == 1
    assert "Neither the TXT record nor the file" in early.stderr
    assert verified.stdout == "The domain is verified.\n"
    assert listed["verified_at"]
    assert removed.exit_code == 0
    assert answer(run("domain", "list", "--json")) == []


def test_what_is_refused_is_a_sentence(run: Run) -> None:
    run("domain", "add", DOMAIN)

    refused = [
        run("domain", "add", DOMAIN),
        run("domain", "add", "no domain"),
        run("domain", "verify", "other.example"),
        run("domain", "remove", DOMAIN, "--use", "host", "--yes"),
    ]

    assert [one.exit_code for one in refused] == [1] * 4
    assert "named already" in refused[0].stderr
    assert "not a domain" in refused[1].stderr
    assert "has not named other.example for email" in refused[2].stderr
