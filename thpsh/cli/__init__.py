"""The front door: argv -> interactive, -c, run, compare, bench, or lines from standard input."""
