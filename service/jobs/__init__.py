"""Background jobs for administrators: list, get, retry and cancel; the queue and the worker are in `core.jobs`."""
