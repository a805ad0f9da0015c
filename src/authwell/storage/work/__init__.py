"""Work that is done later: queues, the outbox, jobs, leases."""
