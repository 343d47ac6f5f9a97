import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bundles the page into dist/page: one script, one style sheet, index.html and the icon, each also compressed. */
const { metafile } = await build({
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
  metafile: true,
});
for (const output of Object.keys(metafile.outputs)) {
  const file = fileURLToPath(new URL(`page/${output}`, import.meta.url));
  const text = await readFile(file);
  await Promise.all([
    writeFile(`${file}.br`, brotliCompressSync(text)),
    writeFile(`${file}.gz`, gzipSync(text, { level: 9 })),
  ]);
}
