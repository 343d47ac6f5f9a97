import { format } from "prettier";
import { z } from "zod";
import { schema } from "../../components/config/schema.ts";
import { betweenMarks } from "./marks.ts";

/** A part of the JSON Schema that zod makes of ours, as far as the table needs it. */
interface Node {
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: string;
  enum?: string[];
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  oneOf?: Node[];
  additionalProperties?: Node | boolean;
  secret?: boolean;
  /** It may be in a store. */
  stored?: boolean;
}

interface Row {
  key: string;
  type: string;
  fallback: string;
  description: string;
}

/** Requests and limit of a workload take one row. */
const RESOURCES = ["cpu", "memory", "memoryLimit"];

const HEADER = `# Configuration of a stack

<!-- Written by \`npm run docs\` from components/config/: change it there. -->

Every key lives below \`slipway:\` in \`Pulumi.<stack>.yaml\`. A key in *italics* is needed, all others have a default.
Unknown keys, values that Kubernetes would not take and impossible combinations are errors, reported all at once and before
anything is touched. Set a key with \`pulumi config set --path slipway:<key> <value>\`; without \`--path\` a key with a dot is another
key. Those marked 🔒 are encrypted: add \`--secret\`. Those marked 🔒🏦 may be in a store of the External Secrets Operator instead: \`{ store, key, property }\`
([ci.md](ci.md#secrets-and-variables)).
`;

/** README.md with the table of the first-level keys between its two marks. @throws Error when a mark is missing. */
export async function readmeWithTable(readme: string): Promise<string> {
  const cells = schemaRows()
    .filter(({ key }) => !/[.[]/.test(key))
    .map(({ key, fallback, description }) => [key, fallback, description]);
  const made = table([["key", "default", "meaning"], ...cells]);
  const page = betweenMarks(readme, "configuration", made, "README.md");
  return format(page, { parser: "markdown", printWidth: 100 });
}

/** The page docs/configuration.md, formatted as prettier wants it. */
export async function configurationPage(): Promise<string> {
  const rows = schemaRows();
  const cells = rows.map((row) => [row.key, row.type, row.fallback, row.description]);
  const page = `${HEADER}\n${table([["key", "value", "default", "meaning"], ...cells])}\n`;
  return format(page, { parser: "markdown" });
}

function schemaRows(): Row[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;
  return Object.entries(root.properties ?? {}).flatMap(([key, node]) =>
    rowsOf(key, node, root.required?.includes(key) ?? false),
  );
}

function rowsOf(key: string, node: Node, required: boolean): Row[] {
  const own = {
    key: named(key, node, required),
    type: typeOf(node),
    fallback: defaultOf(node),
    description: node.description ?? "",
  };
  if (node.oneOf) {
    return [
      own,
      ...node.oneOf.flatMap((variant) => {
        const { kind, ...rest } = variant.properties ?? {};
        const title = `\`${key}.kind: ${kind?.const ?? ""}\``;
        const first = { key: title, type: "", fallback: "", description: kind?.description ?? "" };
        return [first, ...children(key, { ...variant, properties: rest })];
      }),
    ];
  }
  if (node.items) return [own, ...children(`${key}[]`, node.items)];
  if (node.properties && RESOURCES.every((name) => node.properties?.[name])) {
    const [cpu, memory, limit] = RESOURCES.map((name) => String(node.properties?.[name]?.default));
    return [
      {
        ...own,
        type: RESOURCES.map((name) => `\`${name}\``).join(", "),
        fallback: `${cpu}, ${memory}, ${limit}`,
      },
    ];
  }
  return [own, ...children(key, node)];
}

function children(key: string, { properties = {}, required = [] }: Node): Row[] {
  return Object.entries(properties).flatMap(([name, node]) =>
    rowsOf(`${key}.${name}`, node, required.includes(name)),
  );
}

function named(key: string, { secret, stored }: Node, required: boolean): string {
  const code = `\`${key}\`${secret === true ? " 🔒" : ""}${stored === true ? "🏦" : ""}`;
  return required ? `_${code}_` : code;
}

function typeOf(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(", ");
  if (node.oneOf) return "one of the kinds below";
  if (node.items) return "list";
  if (node.properties) return "";
  if (Array.isArray(node.type)) return "quantity";
  if (typeof node.additionalProperties === "object") return "names and values";
  if (node.type === "integer") return "number";
  if (node.type === "boolean") return "`true`, `false`";
  return "text";
}

function defaultOf({ default: value }: Node): string {
  if (typeof value === "object" && value !== null) {
    return "kind" in value ? `\`${String(value.kind)}\`` : "";
  }
  return value === undefined ? "" : `\`${JSON.stringify(value).replaceAll('"', "")}\``;
}

function table(rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
