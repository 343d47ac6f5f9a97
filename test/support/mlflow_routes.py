"""Prints every route of MLflow's server as JSON: `[[method, path], …]`, from its Flask and FastAPI apps."""

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
    found |= {(method, route.path) for method in (route.methods or {type(route.original_route).__name__})}
print(json.dumps(sorted(found)))
