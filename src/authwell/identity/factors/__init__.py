"""What a person proves themselves with beside a password: codes, passkeys, trusted devices."""
