"""What is announced: event types, the one bus they travel on, and the simulated clock."""
