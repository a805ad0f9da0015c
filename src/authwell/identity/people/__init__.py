"""What people do with their accounts: register, verify, recover, change and leave."""
