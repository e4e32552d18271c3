"""What happens: one module per mm/*.c; functions that take the kernel first."""
