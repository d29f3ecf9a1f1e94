"""The smallest namespace with a table: the pattern for namespaces of your own."""
