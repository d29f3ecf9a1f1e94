"""Accounts: who may have one, what it shows, and who may change it. No tokens here: those are `auth`."""
