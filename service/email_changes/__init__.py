"""E-mail changes: confirming the new address of an account with a link that is mailed to it, or cancelling that."""
