"""User accounts: registration, profiles, roles and deletion; tokens and login are in `auth`."""
