"""Dashboard: statistics of posts, comments and tags for authors and editors; read-only, no tables."""
