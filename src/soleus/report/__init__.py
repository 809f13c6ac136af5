"""Reads what runs left behind, and shows it; it never touches a live run."""
