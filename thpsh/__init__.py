"""A Linux host of 2011 in one Python process: Transparent Huge Pages to see, break and understand."""

__version__ = "0.1.0"
