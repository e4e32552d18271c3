"""What the kernel shows and accepts: /proc and /sys as text, computed from its state when read."""
