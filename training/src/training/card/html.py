"""Writes a model card as one HTML file: no script, no other file, readable in light and dark."""

from html import escape

from training.card.parts import Block, Card, Table

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: CanvasText; background: Canvas; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2rem; border-bottom: 1px solid GrayText; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid GrayText; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(card: Card) -> str:
    """Return the card; colours are the system's own, which follow the reader's scheme."""
    title = escape(card.title)
    sections = "\n".join(
        f"<section>\n<h2>{escape(section.title)}</h2>\n"
        + "\n".join(map(_block, section.blocks))
        + "\n</section>"
        for section in card.sections
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}</h1>
{sections}
</body>
</html>
"""


def _block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block, list):
        return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in block) + "\n</ul>"
    return _table(block)


def _table(table: Table) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    head = f"<thead><tr>{cells}</tr></thead>\n" if any(table.head) else ""
    rows = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in others)
        + "</tr>"
        for first, *others in table.rows
    )
    return f'<div class="wide"><table>\n{head}<tbody>\n{rows}\n</tbody>\n</table></div>'
