"""The dashboard: counts over posts, comments and tags for those who write. It changes nothing and has no tables."""
