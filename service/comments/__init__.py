"""Comments: what is said under posts, in threads. Who may read a post is no question of this package: ask `posts`."""
