"""/proc."""
