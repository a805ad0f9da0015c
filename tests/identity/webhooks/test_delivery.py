"""Webhooks on their way: signed, in order, tried again, given up, and sent anew when asked."""

from datetime import timedelta

import pytest

from authwell.identity.webhooks.catalogue import OFFERED
from authwell.identity.webhooks.drafts import BadEndpoint
from authwell.storage.webhooks.queue import DELAYS, MAX_ATTEMPTS
from authwell.utils import standard_webhooks
from authwell.utils.outgoing import Outgoing
from tests.identity.webhooks.conftest import PATH, Post
from tests.parts.https import Reply

JITTER = 1.25


def is_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    keys = [standard_webhooks.key_of(secret)]
    named = (headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"])
    return standard_webhooks.is_signed(keys, *named, body)


@pytest.mark.req("WH-05", "4.8")
def test_an_event_reaches_its_receiver_signed(post: Post) -> None:
    event = post.happens("account.deleted", data={"by": "owner"})

    assert post.look() == 1
    assert post.send() == ["delivered"]

    ((headers, body),) = post.seen()
    raw = next(sent for _, path, _, sent in post.party.seen if path == PATH)
    assert headers["webhook-id"] == event.id
    assert headers["content-type"] == "application/json"
    assert body["type"] == "account.deleted"
    assert body["data"]["account_id"] == event.account_id
    assert is_by(post.made.secret, headers, raw)
    assert not is_by(standard_webhooks.new_secret(), headers, raw)


@pytest.mark.req("WH-05")
def test_during_a_rotation_both_secrets_sign_and_afterwards_one(post: Post) -> None:
    renewed = post.webhooks.rotate_secret(post.made.endpoint, post.author, timedelta(hours=1))

    post.happens()
    post.look()
    post.send()
    post.house.move(timedelta(hours=2))
    post.happens()
    post.look()
    post.send()

    (during, _), (after, _) = post.seen()
    first, second = (sent for _, path, _, sent in post.party.seen if path == PATH)
    assert is_by(post.made.secret, during, first)
    assert is_by(renewed.secret, during, first)
    assert not is_by(post.made.secret, after, second)
    assert is_by(renewed.secret, after, second)


@pytest.mark.req("WH-09", "LG-07")
def test_of_an_event_only_what_is_listed_leaves_the_house(post: Post) -> None:
    secret = {"token": "t-123", "password": "p-123", "email": "ada@people.example", "by": "owner"}
    for kind in sorted(OFFERED):
        post.happens(kind, data=secret, address="192.0.2.9", user_agent="Browser/1")

    post.look()
    post.send()

    sent = "".join(str(body) for _, body in post.seen())
    assert len(post.seen()) == len(OFFERED)
    for value in ("t-123", "p-123", "ada@people.example", "192.0.2.9", "Browser/1"):
        assert value not in sent


@pytest.mark.req("WH-09")
def test_what_is_not_offered_is_sent_to_nobody(post: Post) -> None:
    post.happens("mail.delivered")
    post.happens("token.refreshed")

    assert post.look() == 0


def test_an_endpoint_gets_what_it_asked_for(post: Post) -> None:
    members = {"event_types": ["login.succeeded"]}
    post.webhooks.update(post.made.endpoint, members, post.author)
    post.happens("login.succeeded")
    post.happens("login.failed")

    post.look()
    post.send()

    assert [body["type"] for _, body in post.seen()] == ["login.succeeded"]


def test_events_before_an_endpoint_are_not_for_it(post: Post) -> None:
    post.house.now -= timedelta(minutes=1)
    post.happens()
    post.house.now += timedelta(minutes=1)

    assert post.look() == 0


@pytest.mark.req("LG-03")
def test_an_event_that_is_committed_late_is_found_and_none_is_sent_twice(post: Post) -> None:
    post.house.move(timedelta(minutes=5))
    post.happens()
    post.look()
    post.house.now -= timedelta(minutes=1)
    late = post.happens()
    post.house.now += timedelta(minutes=1)

    found = post.look()
    again = post.look()

    assert (found, again) == (1, 0)
    assert late.id in {delivery.event_id for delivery in post.log()}


@pytest.mark.req("4.8", "WH-06")
def test_events_of_one_subject_keep_their_order_and_others_do_not_wait(post: Post) -> None:
    first = post.happens("account.updated")
    post.look()
    post.answer(500)
    assert post.send() == ["retried"]
    second = post.happens("account.deleted", account_id=first.account_id)
    other = post.happens("account.created")
    post.look()
    post.answer(200)
    post.party.seen.clear()

    assert post.send() == ["delivered"]
    assert [headers["webhook-id"] for headers, _ in post.seen()] == [other.id]

    post.house.move(DELAYS[0] * JITTER)
    assert post.send() == ["delivered", "delivered"]
    ids = [headers["webhook-id"] for headers, _ in post.seen()]
    assert ids == [other.id, first.id, second.id]


@pytest.mark.req("WH-06", "4.8")
def test_a_message_that_is_never_taken_becomes_a_dead_letter_and_is_replayed(post: Post) -> None:
    post.answer(503)
    event = post.happens()
    post.look()
    outcomes = []
    for delay in (timedelta(), *DELAYS):
        post.house.move(max(delay * JITTER, timedelta(minutes=20)))
        outcomes += post.send()

    assert outcomes == ["retried"] * (MAX_ATTEMPTS - 1) + ["failed"]
    (dead,) = post.log("failed")
    assert (dead.event_id, dead.attempts, dead.last_status) == (event.id, MAX_ATTEMPTS, 503)
    assert post.events()[-1] == "webhook.failed"

    post.answer(200)
    assert post.webhooks.replay(post.made.endpoint, dead.id, post.author) is not None
    assert post.webhooks.replay(post.made.endpoint, dead.id, post.author) is None
    post.house.move(timedelta(minutes=20))
    assert post.send() == ["delivered"]
    assert {headers["webhook-id"] for headers, _ in post.seen()} == {event.id}
    assert [delivery.status for delivery in post.log()] == ["delivered"]
    assert post.events()[-1] == "webhook.replayed"


@pytest.mark.req("WH-06")
def test_an_endpoint_that_fails_in_a_row_rests(post: Post) -> None:
    post.answer(500)
    for _ in range(10):
        post.happens()
    post.look()

    assert post.send() == ["retried"] * 3
    post.house.move(DELAYS[0] * JITTER)
    assert post.send() == ["retried"]


@pytest.mark.req("WH-03", "WH-07")
def test_a_redirect_is_not_followed(post: Post) -> None:
    post.answer(307, Location=post.party.origin + "/inside")
    post.party.replies["/inside"] = Reply(status=200)
    post.happens()
    post.look()

    assert post.send() == ["retried"]

    assert post.party.calls("/inside") == 0


@pytest.mark.req("WH-04")
def test_nothing_of_an_answer_but_its_status_is_kept(post: Post) -> None:
    post.answer(500, Server="internal-name")
    post.happens()
    post.look()
    post.send()

    rows = post.house.rows("SELECT * FROM webhook_deliveries")

    assert "secret of the net" not in str(rows)
    assert "internal-name" not in str(rows)
    assert [row["last_status"] for row in rows] == [500]


@pytest.mark.req("WH-04")
def test_an_endless_answer_is_a_failure(post: Post) -> None:
    post.party.replies[PATH] = Reply(body=b"x" * 100_000)
    post.happens()
    post.look()

    assert post.send() == ["retried"]


def test_a_receiver_that_is_gone_is_disabled(post: Post) -> None:
    post.answer(410)
    post.happens()
    post.happens()
    post.look()

    assert post.send() == ["failed"]

    endpoint = post.webhooks.get(post.tenant_id, post.endpoint_id)
    assert (endpoint.status, bool(endpoint.problem)) == ("disabled", True)
    assert post.events()[-2:] == ["webhook.failed", "webhook.disabled"]


@pytest.mark.req("WH-01", "WH-02")
def test_an_address_that_is_private_by_now_is_not_called(post: Post) -> None:
    post.happens()
    post.look()
    site = post.house.site
    object.__setattr__(site, "outgoing", Outgoing())
    try:
        assert post.send() == ["retried"]
    finally:
        allowed = Outgoing.of(site.settings.outgoing_allow, site.settings.outgoing_ca_file)
        object.__setattr__(site, "outgoing", allowed)

    assert post.seen() == []
    assert post.log()[0].last_error == "the address may not be called"


@pytest.mark.req("WH-01", "WH-08")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://localhost./hook",
        "https://2130706433/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://169.254.169.254/latest",
        "http://hooks.example/hook",
        "gopher://hooks.example/hook",
        "file:///etc/passwd",
        "https://user:pass@hooks.example/hook",
    ],
)
def test_an_inner_address_is_refused_when_it_is_saved(post: Post, url: str) -> None:
    with pytest.raises(BadEndpoint) as refused:
        post.webhooks.update(post.made.endpoint, {"url": url}, post.author)

    assert refused.value.problems.keys() == {"url"}


def test_a_test_message_comes_through(post: Post) -> None:
    post.webhooks.test(post.made.endpoint, "default", post.author)

    assert post.send() == ["delivered"]
    assert [body["type"] for _, body in post.seen()] == ["webhook.test"]


def test_a_secret_does_not_stand_in_the_database(post: Post) -> None:
    rows = post.house.rows("SELECT * FROM webhook_endpoints")

    key = standard_webhooks.key_of(post.made.secret)
    assert post.made.secret not in str(rows)
    assert key not in rows[0]["secret"]
