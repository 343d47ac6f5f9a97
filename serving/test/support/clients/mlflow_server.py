"""MLflow's own scoring server, the app that `mlflow models serve` runs, once for each FOLDER.

Each is mounted under its folder's name, in one process: one start of MLflow takes seconds.
"""

import socket
import sys
from pathlib import Path

import mlflow.pyfunc
import uvicorn
from fastapi import FastAPI
from mlflow.pyfunc import scoring_server

root = FastAPI()
for folder in sys.argv[1:]:
    root.mount(f"/{Path(folder).name}", scoring_server.init(mlflow.pyfunc.load_model(folder)))

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(f"listening at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(root, log_level="warning")).run(sockets=[listener])
