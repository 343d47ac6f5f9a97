"""What stands in the model card of a version."""

from datetime import date
from typing import Any

from training.card.html import as_html
from training.card.markdown import as_markdown
from training.card.parts import Block, Card, Section, Table
from training.card.quality import quality_sections
from training.gate import Verdict
from training.settings import Settings

MARKDOWN, HTML = "model-card.md", "model-card.html"
SHOWN = 12  # categories of a feature that are named


def card_files(
    settings: Settings, metadata: dict[str, Any], version: str, verdict: Verdict, today: date
) -> dict[str, str]:
    """Return text of `model-card.md` and `model-card.html`.

    Sections follow Mitchell and others, Model Cards for Model Reporting (FAT* 2019), table 1; the
    keys of the Markdown's header are those of Hugging Face's model cards
    (https://huggingface.co/docs/hub/model-cards). `metadata` is the package's.
    """
    card = Card(
        f"Model card: {metadata['title']}",
        _header(settings, metadata),
        [
            Section("Model details", [_details(settings, metadata, version, today)]),
            Section("Intended use", _use(settings, metadata)),
            Section("Data", _data(settings, metadata)),
            Section("Features", [_features(metadata)]),
            *quality_sections(metadata, verdict),
        ],
    )
    return {MARKDOWN: as_markdown(card), HTML: as_html(card)}


def _header(settings: Settings, metadata: dict[str, Any]) -> dict[str, Any]:
    kind = "regression" if metadata["task"] == "regression" else "classification"
    said = {"license": settings.license} if settings.license else {}
    return {
        **said,
        "library_name": "onnx",
        "pipeline_tag": f"tabular-{kind}",
        "model_name": settings.name,
    }


def _details(settings: Settings, metadata: dict[str, Any], version: str, today: date) -> Table:
    training = metadata["training"]
    libraries = ", ".join(f"{name} {text}" for name, text in training["libraries"].items())
    rows = [
        ["Model", f"{settings.name}, version {version}"],
        ["Date", today.isoformat()],
        ["Type", f"{metadata['task']}: {training['estimator']['class']}, served as ONNX"],
        ["License", settings.license or "not stated"],
        ["Contact", settings.contact or "not stated"],
        ["Commit", training["git_sha"]],
        ["ONNX file, sha256", metadata["onnx"]["sha256"]],
        ["Libraries", libraries],
    ]
    return Table(["", ""], rows)


def _use(settings: Settings, metadata: dict[str, Any]) -> list[Block]:
    output, classes = metadata["output"], metadata["classes"]
    unit = f" in {output['unit']}" if output["unit"] else ""
    answer = f"The answer '{output['name']}' is a number{unit}."
    if classes:
        labels = ", ".join(one["label"] for one in classes)
        answer = f"The answer '{output['name']}' is one of: {labels}."
    if metadata["positive"] is not None:
        answer += f" Its probability is that of {classes[metadata['positive']]['label']}."
    blocks: list[Block] = [metadata["description"]] if metadata["description"] else []
    blocks.append(answer)
    if not settings.limitations:
        return [*blocks, "What it should not be used for: nobody has stated 'limitations'."]
    return [*blocks, "It should not be used for, or does badly:", list(settings.limitations)]


def _data(settings: Settings, metadata: dict[str, Any]) -> list[Block]:
    training = metadata["training"]
    about = _adopted(training) if "adopted" in training else _split(settings, training)
    rows = [["Source", settings.data.source], ["sha256", training["data_sha256"]], *about]
    seen = training["understanding"]
    odd = [f"{one['name']}: {note}" for one in seen["columns"] for note in one["notes"]]
    dropped = [f"left out: {', '.join(seen['dropped'])}"] if seen["dropped"] else []
    notes = [*(f"target: {text}" for text in seen["target"]), *dropped, *odd]
    return [Table(["", ""], rows), *([notes] if notes else [])]


def _adopted(training: dict[str, Any]) -> list[list[str]]:
    of, rows = training["adopted"], training["rows"]
    return [
        ["Adopted from", f"{of['model']}, version {of['version']}, logged with {of['flavor']}"],
        ["Rows given with it", str(rows["train"])],
        ["Of them not trained on, on its owner's word", str(rows["test"])],
    ]


def _split(settings: Settings, training: dict[str, Any]) -> list[list[str]]:
    key = f" by '{settings.split.key}'" if settings.split.key else ""
    rows = [
        ["Training rows", str(training["rows"]["train"])],
        ["Test rows", str(training["rows"]["test"])],
        ["Split", f"{settings.split_method}{key}, seed {settings.split.seed}"],
    ]
    if period := training.get("period"):
        for part, name in {"train": "Training", "test": "Test"}.items():
            first, last = period[part]
            rows.append([f"{name} period ({period['column']})", f"{first} to {last}"])
    return rows


def _features(metadata: dict[str, Any]) -> Table:
    head = ["Feature", "Type", "Unit", "Required", "Accepted", "In training"]
    return Table(head, [_feature(one) for one in metadata["features"]])


def _feature(feature: dict[str, Any]) -> list[str]:
    low, high = (feature["range"] or {}).get("min"), (feature["range"] or {}).get("max")
    ends = [f"from {low:g}"] if low is not None else []
    accepted = " ".join([*ends, *([f"to {high:g}"] if high is not None else [])]) or "any number"
    seen = ""
    if observed := feature["observed"]:
        seen = f"{observed['min']:g} to {observed['max']:g}, median {observed['median']:g}"
    if feature["type"] == "boolean":
        accepted = "true, false"
    if feature["type"] == "text":
        accepted = f"text of up to {feature['max_length']} characters"
    if times := feature.get("datetime"):
        accepted = "dates and times, with an offset" if times["offset"] else "dates and times"
        seen = f"{times['min']} to {times['max']}, median {times['median']}"
    if categories := feature["categories"]:
        accepted = ", ".join(categories[:SHOWN])
        if len(categories) > SHOWN:
            accepted += f" and {len(categories) - SHOWN} more"
        if feature["unknown"] == "accept":
            accepted += "; others count as none of them"
    if missing := feature["histogram"]["missing"]:
        seen = "; ".join(filter(None, [seen, f"{missing} missing"]))
    name, title = feature["name"], feature["title"]
    return [
        name if title == name else f"{name} ({title})",
        feature["type"],
        feature["unit"] or "",
        "yes" if feature["required"] else "no",
        accepted,
        seen,
    ]
