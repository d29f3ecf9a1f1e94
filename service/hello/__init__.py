"""The smallest namespace there can be: one operation without a database."""
