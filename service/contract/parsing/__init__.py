"""What did a request bring, strictly read? Query, headers, cookies, forms and bodies; nothing here answers."""
