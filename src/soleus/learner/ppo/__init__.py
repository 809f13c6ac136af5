"""Proximal policy optimisation: rollouts of the present policy, learnt from and thrown away."""
