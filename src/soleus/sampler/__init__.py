"""Task + policy -> batch."""
