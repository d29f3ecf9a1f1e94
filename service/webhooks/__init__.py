"""Webhooks: endpoints that administrators register, and the log of what is delivered to them.

`recording` writes deliveries in the transaction of a change, `sending` sends them in a worker; requests go out through
`core.outbound` only.
"""
