"""How a live model does: the prediction log against the training split, and against labels."""
