"""Engine -> Gymnasium environment: what is observed, paid and when it ends."""
