"""Reads a CSV file strictly: every row's field count is checked, and text stays text.

`spool` unpacks and decodes, `layout` checks the rows, `read` makes columns of numbers or of the
file's own text, `missing` says which texts are no value, `numbers` and `dates` know how numbers are
written, `conventions` names the key for those that are not plain, `infer` decides types.
"""
