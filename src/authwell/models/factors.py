"""What an account proves itself with beside its password: TOTP, backup codes, passkeys."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, Identifier, Json, Word, of_the_same_tenant, table_of


class TotpFactor(Base):
    """An authenticator app (RFC 6238); it counts once a first code has confirmed it."""

    __tablename__ = "totp_factors"
    __table_args__ = (of_the_same_tenant("account_id", "accounts"),)

    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The latest time step that was used: no step is used twice, and none before it."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class BackupCode(Base):
    """A code on paper for a day without the other factors; kept as a MAC, used once."""

    __tablename__ = "backup_codes"
    __table_args__ = (of_the_same_tenant("account_id", "accounts"),)

    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebauthnCredential(Base):
    """A passkey (WebAuthn Level 3); its credential id is unique in a tenant."""

    __tablename__ = "webauthn_credentials"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        UniqueConstraint("tenant_id", "credential_id"),
        Index(None, "account_id"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    account_id: Mapped[str] = mapped_column(Identifier)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[Any]] = mapped_column(Json)
    aaguid: Mapped[str] = mapped_column(Identifier)
    attestation: Mapped[str] = mapped_column(Word)
    """The format of its attestation statement, `none` if it gave none."""
    is_discoverable: Mapped[bool]
    is_backup_eligible: Mapped[bool]
    """Whether it may be synchronized; fixed when it is made (WebAuthn section 6.1.3)."""
    is_backed_up: Mapped[bool]
    name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


totp_factors = table_of(TotpFactor)
backup_codes = table_of(BackupCode)
webauthn_credentials = table_of(WebauthnCredential)
