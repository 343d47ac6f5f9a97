import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { importX } from "eslint-plugin-import-x";
import { readdirSync } from "node:fs";
import tseslint from "typescript-eslint";

/** Folders of `tools/` that hold a command each; what two of them need belongs into `tools/lib`. */
const commands = readdirSync(`${import.meta.dirname}/tools`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "lib")
  .map(({ name }) => name);
const inside = (folder) => `./${folder}/**`;
const folders = (names) => names.map((name) => inside(`tools/${name}`));

/** Who may import from whom: components <- tools/lib <- a command's folder <- its entry `tools/*.ts`. */
const layers = [
  {
    target: ["components", "policy"].map(inside),
    // The plugin takes paths or patterns, not both: hence the asterisk.
    from: ["./index*.ts", ...["dashboards", "tools", "serving", "ui", "test"].map(inside)],
    message: "Components know nothing of the tools: move what both need into components/lib.",
  },
  {
    target: inside("tools/lib"),
    from: ["./tools/*.ts", ...folders(commands), inside("test")],
    message: "tools/lib is the ground floor: move what it needs there too.",
  },
  ...commands.map((name) => ({
    target: inside(`tools/${name}`),
    from: ["./tools/*.ts", ...folders(commands.filter((other) => other !== name)), inside("test")],
    message: "A command's folder uses itself and tools/lib: move what two commands need there.",
  })),
  {
    target: ["serving/src", "ui/src", "ui/page"].map(inside),
    from: ["components", "tools", "test"].map(inside),
    message: "Serving and page are built into images of their own.",
  },
];

export default tseslint.config(
  {
    ignores: [
      "**/dist/",
      "**/node_modules/",
      "**/.venv/",
      ".slipway/",
      "coverage/",
      "components/files/sleep-schedule.mjs",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers and booleans read well in messages; everything else must be turned into text knowingly.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: layers }],
    },
    plugins: { "import-x": importX },
    settings: { "import-x/extensions": [".ts", ".tsx"] },
  },
  {
    // mocha's describe and it return nothing worth awaiting; chained assertions are statements.
    files: ["**/test/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
  {
    // Grafana's classic model is the one that every Grafana reads from files (docs/adr/0046-dashboards-by-grafanas-sdk.md).
    files: ["dashboards/*.ts"],
    rules: {
      "@typescript-eslint/no-deprecated": [
        "error",
        {
          allow: [
            {
              from: "package",
              package: "@grafana/grafana-foundation-sdk",
              name: ["Dashboard", "DashboardBuilder"],
            },
          ],
        },
      ],
    },
  },
  prettier,
);
