"""NVIDIA's client against a server: triton_client.py PORT FOLDER. Prints what it was answered.

Default use (binary tensors both ways), JSON both ways, and one tensor for each feature.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tritonclient.http as triton
import yaml
from tritonclient.utils import InferenceServerException

port, folder = sys.argv[1:]
package = yaml.safe_load((Path(folder) / "MLmodel").read_text())["metadata"]["slipway"]
features, example = package["features"], package["example"]
client = triton.InferenceServerClient(f"127.0.0.1:{port}")
name = package["model"]


def tensor(name: str, values: Any, *, binary: bool) -> triton.InferInput:
    """Wrap an array as the protocol's tensor of its own type."""
    kinds = {"f": "FP32", "i": "INT64", "O": "BYTES"}
    wrapped = triton.InferInput(name, values.shape, kinds[values.dtype.kind])
    return wrapped.set_data_from_numpy(values, binary_data=binary)


def by_feature(*, binary: bool) -> list[triton.InferInput]:
    """Send the example twice, one tensor [2, 1] for each feature that it has."""
    kinds = {"category": object, "integer": np.int64}
    given = [f for f in features if example.get(f["name"]) is not None]
    return [
        tensor(
            f["name"],
            np.array([[example[f["name"]]]] * 2, kinds.get(f["type"], np.float32)),
            binary=binary,
        )
        for f in given
    ]


def graph_inputs(*, binary: bool) -> list[triton.InferInput]:
    """Send the example twice, as the graph's own inputs."""
    if package["onnx"]["layout"] == "columns":
        return by_feature(binary=binary)
    row = [example[f["name"]] for f in features]
    name = package["onnx"]["inputs"][0]["name"]
    return [tensor(name, np.array([row, row], np.float32), binary=binary)]


def outputs(result: triton.InferResult) -> dict[str, Any]:
    """Unpack what was answered into plain values."""
    response = result.get_response()
    found = {o["name"]: result.as_numpy(o["name"]).tolist() for o in response["outputs"]}
    texts = {
        name: [v.decode() if isinstance(v, bytes) else v for v in values]
        for name, values in found.items()
    }
    return {"id": response.get("id"), "outputs": texts}


def refused(call: Callable[[], object]) -> list[str]:
    """Return the status and message of the error that a call ends with."""
    try:
        call()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return []


metadata = client.get_model_metadata(name)
version = metadata["versions"][0]
wanted = [triton.InferRequestedOutput(o["name"], binary_data=False) for o in metadata["outputs"]]
last = [triton.InferRequestedOutput(metadata["outputs"][-1]["name"])]
print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": [client.is_server_ready(), client.is_model_ready(name, version)],
            "absent": [client.is_model_ready("other"), client.is_model_ready(name, "999")],
            "server": client.get_server_metadata(),
            "metadata": metadata,
            "binary": outputs(client.infer(name, graph_inputs(binary=True), request_id="one")),
            "json": outputs(client.infer(name, graph_inputs(binary=False), outputs=wanted)),
            "features": outputs(client.infer(name, by_feature(binary=True), version)),
            "last": outputs(client.infer(name, by_feature(binary=False), outputs=last)),
            "async": outputs(client.async_infer(name, graph_inputs(binary=True)).get_result()),
            "unknown": refused(lambda: client.infer("other", graph_inputs(binary=True))),
            "incomplete": refused(lambda: client.infer(name, by_feature(binary=True)[1:])),
            "config": refused(lambda: client.get_model_config(name)),
        }
    )
)
