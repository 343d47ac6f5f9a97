import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles the page into dist/page: one script, one style sheet, index.html and the icon. */
await build({
  absWorkingDir: fileURLToPath(new URL("page/", import.meta.url)),
  entryPoints: ["index.html", "icon.svg", "style.css", "main.tsx"],
  outdir: "../dist/page",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".html": "copy", ".svg": "copy" },
  logLevel: "warning",
});
