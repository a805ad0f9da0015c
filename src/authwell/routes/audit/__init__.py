"""`/admin/audit`: administrators read the audit log of their tenant."""
