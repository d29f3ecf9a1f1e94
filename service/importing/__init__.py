"""Import and export of Markdown blogs (Zola, Hugo, Jekyll, Next.js) by CLI; has no HTTP routes."""
