"""What all learners from replay share: what is kept, what is drawn, and when an update is due."""
