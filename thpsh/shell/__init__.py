"""Where the user types: a cmd2 application around the same session that -c, pipes and scenarios use."""
