"""How does a blog kept as a folder of Markdown come in and go out? No routes; reading knows no database."""
