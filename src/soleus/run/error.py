"""The error of everything that a user can put right; the command line prints it as one sentence and exits with 2."""


class RunError(RuntimeError):
    """Says what was given, what is allowed and what to do."""
