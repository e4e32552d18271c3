"""Page faults, copies and unmapping: what mm/memory.c does, by subject."""
