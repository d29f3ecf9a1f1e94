"""Imports of zip archives by jobs, for administrators; how posts are read and written is up to `importing`."""
