"""What exists: plain slotted dataclasses, no behaviour beyond answers from their own fields."""
