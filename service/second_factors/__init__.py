"""Two-factor authentication: codes of an authenticator app (TOTP), and recovery codes."""
