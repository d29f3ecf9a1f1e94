"""Serves the stored images of posts under immutable, content-addressed URLs; there is no upload route."""
