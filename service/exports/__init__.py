"""Exports of all posts and images to zip archives, for administrators; what is in them is up to `importing`."""
