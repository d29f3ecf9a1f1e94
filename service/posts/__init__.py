"""Posts: content, slugs, publishing workflow, soft deletion (trash) and permissions."""
