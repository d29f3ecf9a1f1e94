"""Comments: threaded replies under posts; who may read a post is decided in `posts.permissions`."""
