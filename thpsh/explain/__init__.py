"""Why things are as they are: decisions looked at condition by condition, what led to them, and what would change them.

Every condition is asked of the function that the kernel model itself asks; nothing here decides anything.
"""
