"""The search for a corpus's best hyperparameters: its order, its space, what is tried next, and the verdict."""
