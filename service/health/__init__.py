"""Is the process alive, and can it do its work? For load balancers and container engines."""
