"""What the user can do: one command a file, free of any shell framework; the folder itself is the list of commands."""
