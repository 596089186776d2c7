"""Webhooks: telling a tenant's endpoints what became of a run."""
