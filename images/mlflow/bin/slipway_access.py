"""Who may do what at MLflow, beside MLflow's own rules; auth.ini names `authorize`.

MLflow lets every account create experiments (anywhere, also on the server's own disk), models and
secrets. Here an account of ours may use the routes listed for it and no other, so that a route of a
later MLflow is closed until somebody lists it. Why it is so:
docs/adr/0033-an-account-may-use-the-routes-listed-for-it.md
"""

import json
import re
from typing import Any

import slipway_login
from flask import Response, g, request
from login_limit import LoginLimit
from mlflow.protos import model_registry_pb2 as models
from mlflow.protos.service_pb2 import CreateExperiment, DeleteRun
from mlflow.server import auth, handlers
from werkzeug.datastructures import Authorization

_API = "/api/2.0/mlflow"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"

# What MLflow's own clients ask to load a model by its alias or version, and what the page asks to
# show versions side by side; a run says less than its files, which loading a model reads too.
_SERVING = {
    f"GET {_API}/registered-models/alias",
    f"GET {_API}/registered-models/get",
    f"GET {_API}/model-versions/get",
    f"GET {_API}/model-versions/get-download-uri",
    f"GET {_API}/model-versions/search",
    f"GET {_API}/logged-models/<model_id>",
    f"GET {_API}/runs/get",
    f"GET {_ARTIFACTS}",
    f"GET {_ARTIFACTS}/<path:artifact_path>",
}
# And to log a run, register its model and move an alias. Nothing that deletes or renames what
# others go by, but a version that was left broken (see _guard_version) and old runs of monitoring
# (see _guard_run).
_TRAINING = _SERVING | {
    f"GET {_API}/experiments/get",
    f"GET {_API}/experiments/get-by-name",
    f"GET {_API}/experiments/search",
    f"POST {_API}/experiments/search",
    f"POST {_API}/experiments/create",
    f"POST {_API}/experiments/set-experiment-tag",
    f"POST {_API}/runs/search",
    f"POST {_API}/runs/create",
    f"POST {_API}/runs/update",
    f"POST {_API}/runs/delete",
    f"POST {_API}/runs/set-tag",
    f"POST {_API}/runs/delete-tag",
    f"POST {_API}/runs/log-parameter",
    f"POST {_API}/runs/log-metric",
    f"POST {_API}/runs/log-batch",
    f"POST {_API}/runs/log-inputs",
    f"POST {_API}/runs/log-model",
    f"POST {_API}/runs/outputs",
    f"GET {_API}/metrics/get-history",
    f"GET {_API}/artifacts/list",
    f"PUT {_ARTIFACTS}/<path:artifact_path>",
    f"POST {_API}/logged-models",
    f"POST {_API}/logged-models/search",
    f"PATCH {_API}/logged-models/<model_id>",
    f"PATCH {_API}/logged-models/<model_id>/tags",
    f"POST {_API}/logged-models/<model_id>/params",
    f"GET {_API}/logged-models/<model_id>/artifacts/directories",
    f"GET {_API}/registered-models/search",
    f"POST {_API}/registered-models/create",
    f"POST {_API}/registered-models/alias",
    f"POST {_API}/registered-models/set-tag",
    f"DELETE {_API}/registered-models/delete-tag",
    f"POST {_API}/model-versions/create",
    f"POST {_API}/model-versions/set-tag",
    f"DELETE {_API}/model-versions/delete-tag",
    f"DELETE {_API}/model-versions/delete",
}
ROUTES = {"serving": _SERVING, "training": _TRAINING}
_OTHERWISE = {
    "serving": "it reads models and nothing else; log in as training, or as an administrator",
    "training": "it logs runs and registers models; log in as an administrator",
}

# What a reader may ask: whatever changes nothing. MLflow's page searches by POST.
_READS = re.compile(r"(GET|HEAD|OPTIONS) .*|POST .*(/search|/search-structured|/graphql)")

_limit = LoginLimit()
_people = slipway_login.configured()


def authorize() -> Authorization | Response:
    """Say whose request this is, or refuse it. MLflow asks several times a request."""
    if "slipway_access" not in g:
        g.slipway_access = _decide()
    decided: Authorization | Response = g.slipway_access
    return decided


def _decide() -> Authorization | Response:
    sent = request.authorization
    if _people is not None and sent is not None and sent.type == "bearer":
        return _decide_person(_people, str(sent.token))
    login = _login()
    if isinstance(login, Response):
        return login
    reason = _refusal(str(login.username))
    return login if reason is None else _answer(403, "PERMISSION_DENIED", reason)


def _decide_person(people: slipway_login.Login, token: str) -> Authorization | Response:
    """Let somebody in whose provider vouches for them; Jobs go on with their accounts."""
    try:
        person = people.person(token)
    except slipway_login.Refused as refused:
        code = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}.get(refused.status)
        return _answer(refused.status, code or "TEMPORARILY_UNAVAILABLE", str(refused))
    if person.name in ROUTES or person.name == auth.auth_config.admin_username:
        reason = f"'{person.name}' is an account of Slipway's own: be called another name there"
        return _answer(403, "PERMISSION_DENIED", reason)
    people.ensure_user(person)
    reason = _reader_refusal(person) or _refusal(person.name)
    if reason is not None:
        return _answer(403, "PERMISSION_DENIED", reason)
    return Authorization("basic", {"username": person.name, "password": ""})


def _reader_refusal(person: slipway_login.Person) -> str | None:
    rule = request.url_rule.rule if request.url_rule else request.path
    if person.role != "reader" or _READS.fullmatch(f"{request.method} {rule}"):
        return None
    return f"{person.name} may read: to {request.method} {rule} takes a group of trainers"


def _login() -> Authorization | Response:
    """Log in as MLflow does, where too many wrong passwords were not sent before."""
    found: Authorization | Response
    sent = request.authorization
    if sent is None:
        found = auth.authenticate_request_basic_auth()
        return found
    account, password = str(sent.username), str(sent.password)
    # What FastAPI serves, artifacts above all, comes through MLflow's bridge without an address.
    address = request.remote_addr or "unknown"
    if seconds := _limit.begin(account, address, password):
        message = f"too many wrong passwords for the account '{account}': wait {seconds} s"
        answer = _answer(429, "REQUEST_LIMIT_EXCEEDED", message)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    found = auth.authenticate_request_basic_auth()
    if isinstance(found, Authorization):
        _limit.succeed(account, address, password)
    return found


def _refusal(account: str) -> str | None:
    """Say why the account may not send this request; None where it may, if MLflow agrees."""
    rule = request.url_rule.rule if request.url_rule else request.path
    allowed = ROUTES.get(account)
    if allowed is not None and f"{request.method} {rule}" not in allowed:
        return f"the account '{account}' may not {request.method} {rule}: {_OTHERWISE[account]}"
    # The page's API has the same routes below /ajax-api/2.0.
    route = f"{request.method} {re.sub('^/(ajax-)?api/2.0', '', rule)}"
    guard = _GUARDS.get(route) or _GUARDS.get(f"{account}: {route}")
    if guard is None or auth.store.get_user(account).is_admin:
        return None
    return guard()


def _guard_location() -> str | None:
    """Artifacts lie where MLflow puts them: another may be its own disk."""
    location = _message(CreateExperiment()).artifact_location
    if not location:
        return None
    return (
        f"artifact_location '{location}' is an administrator's to choose: leave it out, "
        "and MLflow takes a folder in its store"
    )


def _guard_source() -> str | None:
    """MLflow would read a version's files from its source, with its own rights."""
    source = _message(models.CreateModelVersion()).source
    if not source or re.match(r"(mlflow-artifacts:/(?!/)|models:/|runs:/)", source):
        return None
    return (
        f"source '{source}' is not in MLflow's store: log the model first, "
        "and register its models:/, runs:/ or mlflow-artifacts:/ address"
    )


def _guard_version() -> str | None:
    asked = _message(models.DeleteModelVersion())
    version = handlers._get_model_registry_store().get_model_version(asked.name, asked.version)
    return _held(f"version {asked.version} of {asked.name}", version.aliases)


def _guard_run() -> str | None:
    """Monitoring deletes its own runs once they are old (training.monitoring.history)."""
    asked = _message(DeleteRun()).run_id
    store = handlers._get_tracking_store()
    run = store.get_run(asked)
    model = run.data.tags.get("slipway.monitoring")
    if model and store.get_experiment(run.info.experiment_id).name == f"{model}-monitoring":
        return None
    return f"run {asked} is none of monitoring: ask an administrator to delete it"


def _guard_deleted_model() -> str | None:
    return _guard_model(_message(models.DeleteRegisteredModel()).name)


def _guard_renamed_model() -> str | None:
    return _guard_model(_message(models.RenameRegisteredModel()).name)


def _guard_model(name: str) -> str | None:
    model = handlers._get_model_registry_store().get_registered_model(name)
    return _held(f"the model {name}", list(model.aliases))


def _held(what: str, aliases: list[str]) -> str | None:
    if not aliases:
        return None
    held = "', '".join(sorted(aliases))
    return (
        f"{what} holds the alias '{held}', and may be in use: move the alias to another version "
        "first, or ask an administrator"
    )


_GUARDS = {
    "POST /mlflow/experiments/create": _guard_location,
    "POST /mlflow/model-versions/create": _guard_source,
    "DELETE /mlflow/model-versions/delete": _guard_version,
    "training: POST /mlflow/runs/delete": _guard_run,
    "DELETE /mlflow/registered-models/delete": _guard_deleted_model,
    "POST /mlflow/registered-models/rename": _guard_renamed_model,
}


def _message(kind: Any) -> Any:
    """Read the request as its handler will: JSON has several spellings of a field."""
    return handlers._get_request_message(kind)


def _answer(status: int, code: str, message: str) -> Response:
    body = json.dumps({"error_code": code, "message": message})
    return Response(body, status, mimetype="application/json")
