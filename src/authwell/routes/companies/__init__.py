"""`/companies`: the tenants of the server, for administrators of the default one."""
