"""A column of dates that the YAML says nothing of."""

from collections.abc import Collection

from training.moments import forms_of
from training.table.dates import kind_of_time
from training.table.problem import Problem, format_key, type_key, yaml_text


def date_problem(name: str, texts: Collection[str], as_category: str) -> Problem:
    """Say which keys make times of a column, if one form fits all that look like dates."""
    dates = [text for text in texts if kind_of_time([text], 1)]
    drop = f"'data.drop: [{yaml_text(name)}]'"
    says = f"'{name}' holds dates such as {dates[0]!r}"
    forms = forms_of(dates)
    if not forms:
        text = (
            f"{says}, in no one form that is understood; bring them to one, such as 2026-11-27, or "
            f"write {drop}{as_category}"
        )
        return Problem(text, {"drop": [name]})
    keys = [format_key(name, form) for form in forms if form]
    if keys and None not in forms:
        more = f" and {' or '.join(keys)}{', whichever it is,' if len(keys) > 1 else ''}"
    else:
        more = ""
    text = (
        f"{says}: write {type_key(name, 'datetime')}{more} to learn from their parts, such as year "
        f"and weekday, or {drop}{as_category}"
    )
    if len(forms) > 1 and None not in forms:
        return Problem(text, {"drop": [name]})
    form = {} if forms[0] is None else {"formats": {name: forms[0]}}
    return Problem(text, {"types": {name: "datetime"}, **form})
