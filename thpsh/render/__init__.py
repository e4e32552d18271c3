"""Reports as people look at them: plain text, JSON, or rich tables on a terminal."""
