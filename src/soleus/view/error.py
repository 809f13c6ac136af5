"""What can go wrong while pictures are made."""


class ViewError(RuntimeError):
    """A picture or video that cannot be made; the message says why and what to do."""
