"""Tags: their names and addresses, and which posts carry them. No posts' rules here: those are `posts`."""
