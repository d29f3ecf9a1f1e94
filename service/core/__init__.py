"""Shared infrastructure for all features (auth tokens, database, pagination, logging); imports no feature."""
