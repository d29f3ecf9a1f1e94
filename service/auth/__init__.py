"""Authentication: login, token refresh, logout, current user and JWKS; accounts are managed in `users`."""
