"""Sign-ups: creating an account with a link that is mailed to its address, which proves the address first."""
