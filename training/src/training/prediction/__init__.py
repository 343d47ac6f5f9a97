"""Batch prediction: a model answers all rows of a file, a set of files or a query."""
