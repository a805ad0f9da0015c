"""AWS Signature Version 4, by the examples of the Amazon S3 API Reference."""

from datetime import UTC, datetime

from authwell.utils.sigv4 import Credentials, canonical_query, signed_headers

EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NOW = datetime(2013, 5, 24, tzinfo=UTC)


def signature(query: str) -> str:
    url = f"https://examplebucket.s3.amazonaws.com/?{query}"
    return signed_headers("GET", url, b"", EXAMPLE, NOW)["authorization"].rpartition("=")[2]


def test_the_example_of_listing_objects() -> None:
    query = canonical_query({"prefix": "J", "max-keys": "2"})

    assert query == "max-keys=2&prefix=J"
    assert signature(query) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


def test_the_example_of_a_parameter_without_a_value() -> None:
    found = signature(canonical_query({"lifecycle": ""}))

    assert found == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"


def test_a_secret_is_not_shown() -> None:
    assert "wJalr" not in repr(EXAMPLE)
