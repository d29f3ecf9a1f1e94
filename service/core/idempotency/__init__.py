"""Idempotency keys: the rows that say what was carried out, the encryption of responses, and their retention.

Not in here: what the header means and how requests are compared, which is `service.contract.idempotency`.
"""
