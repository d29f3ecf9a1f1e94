"""Posts: what they say, at which addresses, in which state, and who may see and change them."""
