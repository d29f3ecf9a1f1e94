"""Mail that was written to files, for administrators; `core.mail` writes, sends and reads it."""
