"""What tests say of an answer in one word."""

import httpx2

from tests.support.browser import Answer, answer, soup


def is_local_page(response: httpx2.Response) -> bool:
    """Whether the server shows the error itself and sends nobody anywhere."""
    return (
        response.status_code == 400
        and "location" not in response.headers
        and response.headers["content-type"].startswith("text/html")
        and any(word in soup(response).get_text().lower() for word in ("error", "invalid"))
    )


def refused(response: httpx2.Response, *codes: str, status: int = 400) -> bool:
    """Whether a machine endpoint refused in the standard's shape (RFC 6749 section 5.2)."""
    return (
        response.status_code == status
        and response.headers["content-type"].startswith("application/json")
        and "no-store" in response.headers["cache-control"]
        and response.json()["error"] in codes
    )


def sent_back(response: httpx2.Response, *codes: str) -> bool:
    """Whether the client got this error at its redirect URI, with state and iss, and no code."""
    params = answer(response).params
    return (
        params.get("error") in codes
        and params.get("state") == "state-1"
        and "iss" in params
        and not {"code", "access_token", "id_token"} & params.keys()
    )


def bearer_refused(response: httpx2.Response) -> bool:
    """Whether a protected resource refused a token (RFC 6750 section 3.1)."""
    challenge = response.headers.get("www-authenticate", "")
    return response.status_code == 401 and 'error="invalid_token"' in challenge


def leaves(response: httpx2.Response) -> Answer:
    """The redirect to the client, which must be a 302 or 303."""
    if response.status_code not in (302, 303):
        raise AssertionError(f"{response.status_code} {response.text[:200]}")
    return answer(response)
