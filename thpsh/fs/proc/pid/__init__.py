"""/proc/PID."""
