"""Trains a model again for a reason: new rows, drift, or answers that became worse."""
