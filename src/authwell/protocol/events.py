"""The types of audit events: what may happen, each in one word (`thing.what_happened`)."""

from enum import StrEnum


class EventType(StrEnum):
    """Each state change writes one of these in its transaction (DESIGN.md section 4)."""

    ACCOUNT_ACTIVATED = "account.activated"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_DEACTIVATED = "account.deactivated"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_ERASED = "account.erased"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_REGISTRATION_REPEATED = "account.registration_repeated"
    ACCOUNT_RESTORED = "account.restored"
    ACCOUNT_ROLES_CHANGED = "account.roles_changed"
    ACCOUNT_SUSPICIOUS = "account.suspicious"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ACCOUNT_UPDATED = "account.updated"

    AUDIT_BROKEN = "audit.broken"
    AUDIT_EXPORTED = "audit.exported"

    ADDRESS_LOCKED = "address.locked"
    ADMINISTRATOR_DEFAULT_MADE = "administrator.default_made"
    ADMINISTRATOR_FIRST_MADE = "administrator.first_made"
    ADMINISTRATOR_HANDLE_MADE = "administrator.handle_made"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_SENT = "invitation.sent"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    LOGIN_BLOCKED = "login.blocked"
    BLOCK_SET = "block.set"
    BLOCK_LIFTED = "block.lifted"
    ADDRESS_UNLOCKED = "address.unlocked"
    LOGIN_FAILED = "login.failed"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_SUSPICIOUS = "login.suspicious"
    MAGIC_LINK_REQUESTED = "magic_link.requested"
    DEVICE_FORGOTTEN = "device.forgotten"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"

    EMAIL_CHANGED = "email.changed"
    EMAIL_CHANGE_REQUESTED = "email.change_requested"
    EMAIL_VERIFICATION_SENT = "email.verification_sent"
    EMAIL_VERIFIED = "email.verified"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_RESET = "password.reset"
    PASSWORD_RESET_REQUESTED = "password.reset_requested"

    BACKUP_CODE_USED = "backup_code.used"
    BACKUP_CODES_RENEWED = "backup_codes.renewed"
    FACTOR_ADDED = "factor.added"
    FACTOR_REMOVED = "factor.removed"
    FACTORS_RESET = "factors.reset"
    PASSKEY_COUNTER_REGRESSED = "passkey.counter_regressed"
    PASSKEY_REGISTERED = "passkey.registered"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_RENAMED = "passkey.renamed"
    SECOND_FACTOR_FAILED = "second_factor.failed"

    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"

    ACCESS_TOKEN_REVOKED = "access_token.revoked"
    AUTHORIZATION_GRANTED = "authorization.granted"
    CODE_REDEEMED = "code.redeemed"
    CODE_REPLAYED = "code.replayed"
    CONSENT_REVOKED = "consent.revoked"
    GRANT_REVOKED = "grant.revoked"
    PASSWORD_GRANT_USED = "password_grant.used"
    REFRESH_TOKEN_REPLAYED = "refresh_token.replayed"
    TOKEN_REFRESHED = "token.refreshed"
    TOKENS_ISSUED = "tokens.issued"

    CLIENT_CREATED = "client.created"
    CLIENT_DELETED = "client.deleted"
    CLIENT_EXPIRED = "client.expired"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_UPDATED = "client.updated"
    REGISTRATION_TOKEN_CREATED = "registration_token.created"
    REGISTRATION_TOKEN_REVOKED = "registration_token.revoked"
    RESOURCE_CREATED = "resource.created"
    RESOURCE_DELETED = "resource.deleted"
    RESOURCE_UPDATED = "resource.updated"
    GROUP_CREATED = "group.created"
    GROUP_DELETED = "group.deleted"
    GROUP_UPDATED = "group.updated"
    GROUP_MEMBER_ADDED = "group.member_added"
    GROUP_MEMBER_REMOVED = "group.member_removed"
    PERMISSION_CREATED = "permission.created"
    PERMISSION_DELETED = "permission.deleted"
    PERMISSION_UPDATED = "permission.updated"
    RESOURCE_GRANT_CREATED = "resource_grant.created"
    RESOURCE_GRANT_DELETED = "resource_grant.deleted"
    RESOURCE_TYPE_CREATED = "resource_type.created"
    RESOURCE_TYPE_DELETED = "resource_type.deleted"
    RESOURCE_TYPE_UPDATED = "resource_type.updated"
    ROLE_CREATED = "role.created"
    ROLE_DELETED = "role.deleted"
    ROLE_UPDATED = "role.updated"
    SCOPE_CREATED = "scope.created"
    SCOPE_DELETED = "scope.deleted"
    SCOPE_UPDATED = "scope.updated"
    TENANT_ACTIVATED = "tenant.activated"
    TENANT_CREATED = "tenant.created"
    TENANT_DELETED = "tenant.deleted"
    TENANT_ISSUER_CHANGED = "tenant.issuer_changed"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_UPDATED = "tenant.updated"

    DOMAIN_ADDED = "domain.added"
    DOMAIN_REMOVED = "domain.removed"
    DOMAIN_VERIFIED = "domain.verified"

    KEY_ACTIVATED = "key.activated"
    KEY_IMPORTED = "key.imported"
    KEY_MADE = "key.made"
    KEY_RETIRED = "key.retired"
    KEY_REVOKED = "key.revoked"

    BACKCHANNEL_LOGOUT_DELIVERED = "backchannel_logout.delivered"
    BACKCHANNEL_LOGOUT_FAILED = "backchannel_logout.failed"
    MAIL_DELIVERED = "mail.delivered"
    MAIL_FAILED = "mail.failed"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_FAILED = "webhook.failed"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_UPDATED = "webhook.updated"

    INTEGRATION_CREATED = "integration.created"
    INTEGRATION_DELETED = "integration.deleted"
    INTEGRATION_EVENT_RECEIVED = "integration.event_received"
    INTEGRATION_SECRET_REGENERATED = "integration.secret_regenerated"
    INTEGRATION_UPDATED = "integration.updated"


SECURITY = frozenset(
    {
        EventType.ACCOUNT_DELETED,
        EventType.ACCOUNT_ERASED,
        EventType.ACCOUNT_EXPORTED,
        EventType.ACCOUNT_ROLES_CHANGED,
        EventType.ACCOUNT_SUSPICIOUS,
        EventType.ACCOUNT_UNLOCKED,
        EventType.ADDRESS_LOCKED,
        EventType.ADDRESS_UNLOCKED,
        EventType.BLOCK_LIFTED,
        EventType.BLOCK_SET,
        EventType.AUDIT_BROKEN,
        EventType.AUDIT_EXPORTED,
        EventType.LOGIN_BLOCKED,
        EventType.LOGIN_FAILED,
        EventType.LOGIN_SUSPICIOUS,
        EventType.EMAIL_CHANGED,
        EventType.PASSWORD_CHANGED,
        EventType.PASSWORD_RESET,
        EventType.PASSWORD_RESET_REQUESTED,
        EventType.BACKUP_CODES_RENEWED,
        EventType.FACTOR_ADDED,
        EventType.FACTOR_REMOVED,
        EventType.FACTORS_RESET,
        EventType.PASSKEY_COUNTER_REGRESSED,
        EventType.PASSKEY_REGISTERED,
        EventType.PASSKEY_REMOVED,
        EventType.SECOND_FACTOR_FAILED,
        EventType.API_KEY_CREATED,
        EventType.API_KEY_REVOKED,
        EventType.CODE_REPLAYED,
        EventType.REFRESH_TOKEN_REPLAYED,
        EventType.PASSWORD_GRANT_USED,
        EventType.CLIENT_CREATED,
        EventType.CLIENT_DELETED,
        EventType.CLIENT_UPDATED,
        EventType.REGISTRATION_TOKEN_CREATED,
        EventType.GROUP_DELETED,
        EventType.GROUP_MEMBER_ADDED,
        EventType.GROUP_MEMBER_REMOVED,
        EventType.GROUP_UPDATED,
        EventType.RESOURCE_GRANT_CREATED,
        EventType.RESOURCE_GRANT_DELETED,
        EventType.ROLE_CREATED,
        EventType.ROLE_DELETED,
        EventType.ROLE_UPDATED,
        EventType.TENANT_ACTIVATED,
        EventType.TENANT_CREATED,
        EventType.TENANT_DELETED,
        EventType.TENANT_ISSUER_CHANGED,
        EventType.TENANT_SUSPENDED,
        EventType.TENANT_UPDATED,
        EventType.KEY_ACTIVATED,
        EventType.KEY_IMPORTED,
        EventType.KEY_RETIRED,
        EventType.ACCOUNT_ACTIVATED,
        EventType.ACCOUNT_DEACTIVATED,
        EventType.KEY_REVOKED,
        EventType.INVITATION_SENT,
        EventType.INVITATION_ACCEPTED,
        EventType.ADMINISTRATOR_DEFAULT_MADE,
        EventType.ADMINISTRATOR_FIRST_MADE,
        EventType.ADMINISTRATOR_HANDLE_MADE,
        EventType.DOMAIN_ADDED,
        EventType.DOMAIN_REMOVED,
        EventType.DOMAIN_VERIFIED,
        EventType.WEBHOOK_CREATED,
        EventType.WEBHOOK_UPDATED,
        EventType.WEBHOOK_DELETED,
        EventType.WEBHOOK_SECRET_ROTATED,
        EventType.INTEGRATION_CREATED,
        EventType.INTEGRATION_DELETED,
        EventType.INTEGRATION_UPDATED,
        EventType.INTEGRATION_SECRET_REGENERATED,
        EventType.SESSIONS_ENDED,
    }
)
"""What administrators look at first, and what the log shows as `SecurityEvent` (REQUIREMENTS.md L3,
L7): attempts that failed, and changes of what protects accounts, clients and keys."""
