"""Sample feature with a table: copy it to start a feature of your own."""
