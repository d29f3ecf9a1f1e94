"""Images that posts show, each under a name that never comes to mean another."""
