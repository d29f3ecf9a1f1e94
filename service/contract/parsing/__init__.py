"""Request parsing: query, header, cookie, form and JSON body values; builds no responses."""
