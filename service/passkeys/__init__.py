"""Passkeys (WebAuthn): logging in without a password, as the second factor after it, and for step-ups."""
