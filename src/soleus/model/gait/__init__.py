"""The bodies of the challenges as variations of one set of tables; only the right side is written down.

The numbers are those of the gait models that osim-rl distributes (Apache-2.0; the models themselves name CC BY 3.0).
They go back to S.L. Delp and colleagues (1990), D.G. Thelen and F.C. Anderson. Ajay Seth reduced them to
"gait9dof18musc", and Carmichael Ong adjusted that. A *runner* is the body of 2017; a *walker*, with other feet and
passive muscles, that of the later challenges; *free* parts move in three dimensions.
"""

from soleus.model.gait.challenge import (
    hopper,
    learn_to_move,
    learn_to_move_9dof,
    learn_to_move_planar,
    learning_to_run,
    prosthetics,
    prosthetics_9dof,
    prosthetics_planar,
)

__all__ = [
    "hopper",
    "learn_to_move",
    "learn_to_move_9dof",
    "learn_to_move_planar",
    "learning_to_run",
    "prosthetics",
    "prosthetics_9dof",
    "prosthetics_planar",
]
