"""Learners that evolve: whole episodes with other parameters each, and no gradient."""
