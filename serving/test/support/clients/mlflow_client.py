"""MLflow's own client against a server: mlflow_client.py PORT FOLDER. Prints the answers."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

port, folder = sys.argv[1:]
package = yaml.safe_load((Path(folder) / "MLmodel").read_text())["metadata"]["slipway"]
names = [feature["name"] for feature in package["features"]]
example = [package["example"].get(name) for name in names]
frame = pd.DataFrame([example, example], columns=names)
for feature in package["features"]:
    if not feature["required"] and feature["type"] != "category":
        # The client writes it as a bare NaN.
        frame.loc[1, feature["name"]] = np.nan
columns = {name: frame[name].iloc[:1].tolist() for name in names}

client: Any = ScoringServerClient("127.0.0.1", port)  # type: ignore[no-untyped-call]
client.wait_server_ready()
answers = {
    "version": client.get_version(),
    "frame": client.invoke(frame, params={"ignored": 1}),
    "records": client.invoke(
        json.dumps({"dataframe_records": frame.iloc[:1].to_dict(orient="records")})
    ),
    "rows": client.invoke(frame.iloc[:1].to_numpy().tolist()),
    "columns": client.invoke(json.dumps({"inputs": columns})),
    "empty": client.invoke(frame.iloc[:0]),
}
predictions = answers["frame"].get_predictions()
answers["shape"] = [list(predictions.columns), len(predictions)]
try:
    client.invoke(frame.drop(columns=names[0]))
except Exception as error:  # noqa: BLE001 - the client raises nothing narrower
    answers["error"] = str(error)
print(json.dumps(answers))
