import type { Row } from "./form.ts";

/** What a question can be written in. */
export const FORMS = ["curl", "Python", "JavaScript"] as const;
export type Form = (typeof FORMS)[number];

/** A request for the prediction of a row, to be run as it is. */
export function question(form: Form, url: string, row: Row): string {
  switch (form) {
    case "curl": {
      // In a shell nothing but the quote itself ends a quoted text.
      const body = JSON.stringify(row).replaceAll("'", String.raw`\u0027`);
      return `curl '${url}' \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
    }
    case "Python":
      return `import requests\n\nrow = ${pythonRow(row)}\nprint(requests.post(${JSON.stringify(url)}, json=row).json())`;
    case "JavaScript":
      return [
        `const response = await fetch(${JSON.stringify(url)}, {`,
        '  method: "POST",',
        '  headers: { "content-type": "application/json" },',
        `  body: JSON.stringify(${JSON.stringify(row)}),`,
        "});",
        "console.log(await response.json());",
      ].join("\n");
  }
}

/** JSON's texts and numbers are Python's too; its words for truth are not. */
function pythonRow(row: Row): string {
  const entries = Object.entries(row).map(([name, value]) => {
    const shown = typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value);
    return `${JSON.stringify(name)}: ${shown}`;
  });
  return `{${entries.join(", ")}}`;
}
