"""A small awk: patterns, fields, arithmetic, arrays and the functions one uses on /proc."""
