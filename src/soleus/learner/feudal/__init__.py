"""Two learners in one: a manager that sets goals, and a worker that reaches them."""
