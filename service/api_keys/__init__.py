"""API keys of accounts, for services: creating, listing, renaming and revoking them. `core.api_keys` verifies them."""
