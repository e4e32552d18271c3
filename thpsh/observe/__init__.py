"""What is remembered: event counters, the kernel log, the trace buffer."""
