"""The audit log: its list and export, its chain, verification and retention; `core.audit_log` records."""
