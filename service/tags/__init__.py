"""Tags: names, slugs, merging, and their assignment to posts; post rules are in `posts`."""
