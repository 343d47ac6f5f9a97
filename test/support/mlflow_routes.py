"""Prints every route of MLflow's Flask and FastAPI apps as JSON: `[[method, path], …]`."""

import json

import mlflow.server
from fastapi.routing import iter_route_contexts
from mlflow.server.auth import create_app
from starlette.routing import Mount

app = create_app()
found = {
    (method, rule.rule)
    for rule in mlflow.server.app.url_map.iter_rules()
    for method in (rule.methods or {"GET"})
}
for route in iter_route_contexts(app.routes):
    if isinstance(route.original_route, Mount):  # Flask's app, at the end of all
        continue
    methods = route.methods or {type(route.original_route).__name__}
    found |= {(method, route.path) for method in methods}
print(json.dumps(sorted(found)))
