"""Makes a model that a notebook logged into a version that serving loads.

`adopt` is the whole way; `logged` reads the notebook's version, `load` opens it, `notebook` asks it
what it is, `rows` reads the CSV as it sees it, `convert` and `graph` make its ONNX form.
"""
