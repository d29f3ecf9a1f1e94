"""Password resets: a link by mail with which the owner of an account chooses a new password."""
