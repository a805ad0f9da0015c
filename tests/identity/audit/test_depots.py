"""Where checkpoints and archives go: a folder, and an S3-compatible store on the loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authwell.config.settings import SettingsError, load_settings
from authwell.identity.audit.depots import DepotError, Folder, ObjectStore, depot_of
from authwell.utils.outgoing import Outgoing
from authwell.utils.sigv4 import Credentials
from tests.identity.conftest import DEVELOPMENT
from tests.parts.https import HttpsServer, Reply, https_server

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "/bucket/audit/events/t/1.gz"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture
def store(server: HttpsServer) -> ObjectStore:
    server.seen.clear()
    server.replies.clear()
    outgoing = Outgoing.of((server.host_port,), server.ca_file)
    credentials = Credentials("key-id", "secret", "eu-west-1")
    return ObjectStore.of(f"{server.origin}/bucket/audit", credentials, outgoing, lambda: NOW)


@pytest.mark.req("L6")
def test_a_store_gets_a_signed_file(store: ObjectStore, server: HttpsServer) -> None:
    server.replies[KEY] = Reply()

    store.put("events/t/1.gz", b"content")

    ((method, path, headers, body),) = server.seen
    sent = {name.lower(): value for name, value in headers.items()}
    assert (method, path, body) == ("PUT", KEY, b"content")
    assert sent["x-amz-date"] == "20261121T120000Z"
    assert sent["authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=key-id/20261121/eu-west-1/s3/aws4_request,"
    )


def test_a_store_gives_and_lists_files(store: ObjectStore, server: HttpsServer) -> None:
    server.replies[KEY] = Reply(b"content")
    first = "/bucket?list-type=2&prefix=audit%2Fevents%2Ft%2F"
    then = "/bucket?continuation-token=a%2Bb%26c&list-type=2&prefix=audit%2Fevents%2Ft%2F"
    more = "<NextContinuationToken>a+b&amp;c</NextContinuationToken>"
    server.replies[first] = Reply(f"<Key>audit/events/t/2.gz</Key>{more}".encode())
    server.replies[then] = Reply(b"<Key>audit/events/t/1.gz</Key>")

    assert store.get("events/t/1.gz") == b"content"
    assert store.names("events/t/") == ["events/t/1.gz", "events/t/2.gz"]


@pytest.mark.parametrize("status", [301, 403, 404, 500])
def test_a_store_that_refuses_is_an_error_without_the_secret(
    store: ObjectStore, server: HttpsServer, status: int
) -> None:
    server.replies[KEY] = Reply(b"no", status)

    with pytest.raises(DepotError) as error:
        store.put("events/t/1.gz", b"content")

    assert "secret" not in str(error.value)


def test_a_folder_keeps_whole_files_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("events/t/1.gz", b"content")
    (tmp_path / "events/t/.2.gz.99").write_bytes(b"half")

    assert folder.names("events/t/") == ["events/t/1.gz"]
    assert folder.names("events/other/") == []
    assert folder.get("events/t/1.gz") == b"content"
    with pytest.raises(DepotError):
        folder.get("events/t/3.gz")


def test_the_settings_name_a_folder_or_a_store(tmp_path: Path) -> None:
    keys = {"AUDIT_S3_ACCESS_KEY_ID": "a", "AUDIT_S3_SECRET_ACCESS_KEY": "b" * 40}
    places = {"AUDIT_ARCHIVE": str(tmp_path), "AUDIT_CHECKPOINTS": "https://s3.example/bucket"}
    settings = load_settings({**DEVELOPMENT, **keys, **places})

    assert depot_of(settings.audit_archive, settings) == Folder(tmp_path)
    assert isinstance(depot_of(settings.audit_checkpoints, settings), ObjectStore)
    assert depot_of(None, settings) is None


@pytest.mark.parametrize(
    "place", ["relative/folder", "http://s3.example/bucket", "https://s3.example"]
)
def test_any_other_place_stops_the_start(place: str) -> None:
    with pytest.raises(SettingsError, match="AUDIT_ARCHIVE"):
        load_settings({**DEVELOPMENT, "AUDIT_ARCHIVE": place})


def test_a_store_without_a_key_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="AUDIT_S3_ACCESS_KEY_ID"):
        load_settings({**DEVELOPMENT, "AUDIT_CHECKPOINTS": "https://s3.example/bucket"})
