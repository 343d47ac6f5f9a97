"""Adds nodes at the end of an ONNX graph, whose outputs keep their names."""

from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OLDEST, NEWEST = 9, 18  # skl2onnx states the version that the operators of a graph need


class GraphTail:
    """A graph that is being added to.

    Its operators are of some version from 9 to 18: add those that are the same in each of them.
    """

    def __init__(self, model: bytes) -> None:
        """Take a whole model."""
        self._model = onnx.load_from_string(model)
        self._graph = graph = self._model.graph
        self._taken = {name for node in graph.node for name in [*node.input, *node.output]}
        self._taken |= {one.name for one in [*graph.input, *graph.output, *graph.initializer]}

        own = [one for one in self._model.opset_import if one.domain in ("", "ai.onnx")]
        if not own:
            own = [self._model.opset_import.add(domain="", version=NEWEST)]
        own[0].version = max(own[0].version, OLDEST)

    def freed(self, output: str) -> str:
        """Give what was an output of the graph another name, so that a node can have its own."""
        other = self._unique(f"{output}_before")
        for node in self._graph.node:
            node.input[:] = [other if name == output else name for name in node.input]
            node.output[:] = [other if name == output else name for name in node.output]
        return other

    def constant(self, content: npt.ArrayLike) -> str:
        """Add numbers, of the type that they have as an array."""
        name = self._unique("constant")
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(content), name))
        return name

    def classes(self, values: list[int | str]) -> str:
        """Add classes, in the type of the label."""
        name = self._unique("classes")
        kind = TensorProto.STRING if isinstance(values[0], str) else TensorProto.INT64
        encoded: Any = [one.encode() if isinstance(one, str) else one for one in values]
        self._graph.initializer.append(helper.make_tensor(name, kind, [len(values)], encoded))
        return name

    def add(self, operation: str, *inputs: str, result: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its result, which is new unless stated."""
        result = result or self._unique(operation.lower())
        self._graph.node.append(helper.make_node(operation, inputs, [result], **attributes))
        return result

    def to_bytes(self) -> bytes:
        """Return the whole model; equal ones have equal bytes."""
        content: bytes = self._model.SerializeToString(deterministic=True)
        return content

    def _unique(self, base: str) -> str:
        names = (f"{base}_{number}" for number in count())
        name = next(found for found in names if found not in self._taken)
        self._taken.add(name)
        return name
