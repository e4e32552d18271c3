"""How a line becomes commands: lexer, parser, pipelines, redirection and built-in filters."""
