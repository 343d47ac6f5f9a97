import { fileURLToPath } from "node:url";
import { buildApp } from "./app.ts";
import { readSettings, type Settings } from "./settings.ts";

const PAGE = fileURLToPath(new URL("../dist/page/", import.meta.url));

/** Run from source there may be no built page, or an old one; building takes a tenth of a second. */
if (import.meta.url.endsWith(".ts")) {
  // A plain specifier would draw the build script, and esbuild, into the compiled server.
  await import(new URL("../build.ts", import.meta.url).href);
}

const settings = settingsOrExit();
const app = await buildApp(settings, PAGE);
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    app.log.info({ signal }, "stopping");
    void app.close();
  });
}
try {
  await app.listen({ port: settings.port, host: settings.host });
} catch (error) {
  process.stderr.write(`The page cannot listen: ${String(error)}\n`);
  process.exit(1);
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}
