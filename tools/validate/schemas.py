"""Checks manifest files against the strict JSON schemas of Kubernetes' OpenAPI, for several versions.

Usage: schemas.py VERSIONS FILE...   (VERSIONS as in 1.33,1.34; one object a file)
Prints one JSON list of problems. The package's own `validate` reads megabytes of schema again for
each object and stops at the first error, hence this driver.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"

# Groups of custom resources: their schemas are not part of Kubernetes.
CUSTOM = {
    "argoproj.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
    "postgresql.cnpg.io",
    "route.openshift.io",
}


@cache
def definitions(version: str) -> Registry[Any]:
    """The types that the schemas of one version share."""
    file = SCHEMAS / f"v{version}.0-local-strict" / "_definitions.json"
    return Resource.from_contents(json.loads(file.read_text())) @ Registry()


@cache
def validator(version: str, api_version: str, kind: str) -> Draft202012Validator | None:
    """The validator of one kind, or None where this version does not have it."""
    group, _, name = api_version.rpartition("/")
    prefix = f"{group.split('.')[0]}-" if group else ""
    file = SCHEMAS / f"v{version}.0-local-strict" / f"{kind.lower()}-{prefix}{name}.json"
    if not file.exists():
        return None
    return Draft202012Validator(json.loads(file.read_text()), registry=definitions(version))


def problems(manifest: dict[str, Any], versions: list[str]) -> Iterator[str]:
    """What is wrong with an object, per version."""
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    if api_version.partition("/")[0] in CUSTOM:
        return
    for version in versions:
        schema = validator(version, api_version, kind)
        if schema is None:
            yield f"Kubernetes {version} has no {kind} in {api_version}"
            continue
        for error in schema.iter_errors(manifest):
            cause = best_match([error]) or error
            yield f"Kubernetes {version}: {cause.json_path}: {cause.message}"


def main(versions: str, *files: str) -> None:
    """Check all files and print what was found."""
    found = [
        {"file": file, "message": message}
        for file in files
        for message in problems(yaml.safe_load(Path(file).read_text()), versions.split(","))
    ]
    json.dump(found, sys.stdout)


main(*sys.argv[1:])
