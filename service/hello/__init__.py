"""Sample feature without a database: one operation."""
