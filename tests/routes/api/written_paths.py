"""Every endpoint that a founding document writes out (REQUIREMENTS.md, appendix 1)."""

from typing import NamedTuple


class Row(NamedTuple):
    """A method, its canonical path, and what documents write instead."""

    method: str
    canonical: str
    written: tuple[str, ...] = ()


def row(method: str, canonical: str, *written: str) -> Row:
    """One line of the appendix."""
    return Row(method, canonical, written)


ROWS = (
    row("GET", "/"),
    row("GET", "/.well-known/jwks.json"),
    row("GET", "/.well-known/openid-configuration"),
    row("GET", "/admin/audit"),
    row("GET", "/admin/audit/security"),
    row("GET", "/auth/api-keys"),
    row("POST", "/auth/api-keys"),
    row("DELETE", "/auth/api-keys/{id}"),
    row("GET", "/auth/audit"),
    row("POST", "/auth/email/resend-verification", "/api/v1/auth/email/resend-verification"),
    row("GET", "/auth/email/status"),
    row("POST", "/auth/email/verify", "/api/v1/auth/email/verify"),
    row("POST", "/auth/login", "/api/v1/auth/login"),
    row("POST", "/auth/logout", "/api/v1/auth/logout"),
    row("GET", "/auth/me"),
    row("POST", "/auth/mfa/backup-codes/regenerate"),
    row("POST", "/auth/mfa/disable"),
    row("POST", "/auth/mfa/enable"),
    row("POST", "/auth/mfa/setup"),
    row("GET", "/auth/mfa/status"),
    row("POST", "/auth/password-reset", "/api/v1/auth/password-reset"),
    row("POST", "/auth/password-reset-request", "/api/v1/auth/password-reset-request"),
    row("POST", "/auth/password-reset/verify", "/api/v1/auth/password-reset/verify"),
    row("POST", "/auth/passwordless/send"),
    row("POST", "/auth/passwordless/verify"),
    row("POST", "/auth/permissions", "/api/auth/permissions"),
    row("GET", "/auth/permissions/user/{user_id}", "/api/auth/permissions/user/{user_id}"),
    row("DELETE", "/auth/permissions/{permission_id}", "/api/auth/permissions/{permission_id}"),
    row("POST", "/auth/profile/change-email", "/api/auth/profile/change-email"),
    row("DELETE", "/auth/profile/me", "/api/auth/profile/me"),
    row("GET", "/auth/profile/me", "/api/auth/profile/me"),
    row("PUT", "/auth/profile/me", "/api/auth/profile/me"),
    row("POST", "/auth/refresh", "/api/v1/auth/refresh"),
    row("POST", "/auth/register", "/api/v1/auth/register"),
    row("GET", "/auth/sessions"),
    row("DELETE", "/auth/sessions/all"),
    row("DELETE", "/auth/sessions/{id}"),
    row("GET", "/companies", "/api/v1/companies/"),
    row("POST", "/companies", "/api/v1/companies/"),
    row("DELETE", "/companies/{company_id}", "/api/v1/companies/{company_id}"),
    row("PUT", "/companies/{company_id}", "/api/v1/companies/{company_id}"),
    row("GET", "/docs"),
    row("GET", "/health"),
    row("GET", "/health/db"),
    row("GET", "/health/redis"),
    row("GET", "/integrations", "/api/v1/integrations/"),
    row("POST", "/integrations", "/api/v1/integrations/"),
    row("DELETE", "/integrations/{integration_id}", "/api/v1/integrations/{integration_id}"),
    row("PUT", "/integrations/{integration_id}", "/api/v1/integrations/{integration_id}"),
    row(
        "POST",
        "/integrations/{integration_id}/regenerate-secret",
        "/api/v1/integrations/{integration_id}/regenerate-secret",
    ),
    row("GET", "/metrics"),
    row("GET", "/oauth/authorize"),
    row("GET", "/oauth/clients"),
    row("POST", "/oauth/clients"),
    row("POST", "/oauth/introspect"),
    row("POST", "/oauth/revoke"),
    row("POST", "/oauth/token"),
    row("GET", "/openapi.json", "/api/v1/openapi.json"),
    row("GET", "/permissions", "/api/v1/permissions/"),
    row("POST", "/permissions", "/api/v1/permissions/"),
    row("DELETE", "/permissions/{permission_id}", "/api/v1/permissions/{permission_id}"),
    row("PUT", "/permissions/{permission_id}", "/api/v1/permissions/{permission_id}"),
    row("GET", "/redoc"),
    row("GET", "/resources", "/api/v1/resources/"),
    row("POST", "/resources", "/api/v1/resources/"),
    row("DELETE", "/resources/{resource_id}", "/api/v1/resources/{resource_id}"),
    row("PUT", "/resources/{resource_id}", "/api/v1/resources/{resource_id}"),
    row("GET", "/roles", "/api/v1/roles/"),
    row("POST", "/roles", "/api/v1/roles/"),
    row("DELETE", "/roles/{role_id}", "/api/v1/roles/{role_id}"),
    row("PUT", "/roles/{role_id}", "/api/v1/roles/{role_id}"),
    row(
        "DELETE",
        "/roles/{role_id}/permissions/{permission_id}",
        "/api/v1/roles/{role_id}/permissions/{permission_id}",
    ),
    row(
        "POST",
        "/roles/{role_id}/permissions/{permission_id}",
        "/api/v1/roles/{role_id}/permissions/{permission_id}",
    ),
    row("GET", "/sessions", "/api/v1/sessions/"),
    row("DELETE", "/sessions/{session_id}", "/api/v1/sessions/{session_id}"),
    row("GET", "/users", "/api/v1/users/", "/users/"),
    row("POST", "/users", "/api/v1/users/", "/users/"),
    row("GET", "/users/me", "/api/v1/users/me"),
    row("PUT", "/users/me", "/api/v1/users/me"),
    row("DELETE", "/users/me/sessions", "/api/v1/users/me/sessions"),
    row("GET", "/users/me/sessions", "/api/v1/users/me/sessions"),
    row("DELETE", "/users/me/sessions/{session_id}", "/api/v1/users/me/sessions/{session_id}"),
    row("DELETE", "/users/{id}", "/api/v1/users/{user_id}"),
    row("GET", "/users/{id}", "/api/v1/users/{user_id}"),
    row("PUT", "/users/{id}", "/api/v1/users/{user_id}"),
    row("POST", "/users/{id}/activate"),
    row("POST", "/users/{id}/deactivate"),
    row("POST", "/webhooks/{integration_type}", "/api/v1/webhooks/{integration_type}"),
)

LATER: dict[str, str] = {}
"""By the first part of the canonical path: the feature that brings it."""


def waits_for(path: str) -> str | None:
    """The feature that a path waits for; None if it must be there."""
    below = (feature for start, feature in LATER.items() if f"{path}/".startswith(f"{start}/"))
    return next(below, None)
