"""The model card of a version, from its package and the gate's verdict.

`content` says what stands in it; `markdown` and `html` write that, and escape all text.
"""
