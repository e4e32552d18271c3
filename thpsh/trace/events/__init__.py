"""Event classes by subsystem, grouped like include/trace/events/*.h."""
