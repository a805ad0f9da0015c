"""All tables. Importing this package fills `Base.metadata`; a new model gets a line here."""

from authwell.models.access import Resource, Scope
from authwell.models.accounts import Account, Credential, LoginGuard
from authwell.models.api_keys import ApiKey
from authwell.models.audit import AuditChain, AuditCheckpoint, AuditEvent, AuditRedaction
from authwell.models.base import Base
from authwell.models.blocks import Block
from authwell.models.clients import Client, ClientSecret
from authwell.models.counts import Count
from authwell.models.devices import Device
from authwell.models.domains import TenantDomain
from authwell.models.factors import BackupCode, TotpFactor, WebauthnCredential
from authwell.models.grants import Consent, Grant
from authwell.models.groups import Group, GroupMember, GroupRole
from authwell.models.guards import AttemptGuard
from authwell.models.handles import Handle
from authwell.models.integrations import Integration, ReceivedMessage
from authwell.models.invitations import Invitation
from authwell.models.keys import SigningKey
from authwell.models.registrations import ClientRegistration, InitialAccessToken
from authwell.models.roles import (
    Permission,
    ResourceGrant,
    ResourceType,
    Role,
    RoleParent,
    RolePermission,
    UserRole,
)
from authwell.models.sessions import Session, SessionClient
from authwell.models.tenants import ConfigStamp, Tenant
from authwell.models.tokens import AccessToken, DeniedJti, RefreshToken, Replay
from authwell.models.webhooks import WebhookCursor, WebhookDelivery, WebhookEndpoint
from authwell.models.work import Job, Lease, OutboxEntry

__all__ = [
    "AccessToken",
    "Account",
    "ApiKey",
    "AttemptGuard",
    "AuditChain",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditRedaction",
    "BackupCode",
    "Base",
    "Block",
    "Client",
    "ClientRegistration",
    "ClientSecret",
    "ConfigStamp",
    "Consent",
    "Count",
    "Credential",
    "DeniedJti",
    "Device",
    "Grant",
    "Group",
    "GroupMember",
    "GroupRole",
    "Handle",
    "InitialAccessToken",
    "Integration",
    "Invitation",
    "Job",
    "Lease",
    "LoginGuard",
    "OutboxEntry",
    "Permission",
    "ReceivedMessage",
    "RefreshToken",
    "Replay",
    "Resource",
    "ResourceGrant",
    "ResourceType",
    "Role",
    "RoleParent",
    "RolePermission",
    "Scope",
    "Session",
    "SessionClient",
    "SigningKey",
    "Tenant",
    "TenantDomain",
    "TotpFactor",
    "UserRole",
    "WebauthnCredential",
    "WebhookCursor",
    "WebhookDelivery",
    "WebhookEndpoint",
]
