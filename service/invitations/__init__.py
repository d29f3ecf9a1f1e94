"""Invitations to become a reader, author or editor; the links in their mails are in `core.single_use_links`."""
