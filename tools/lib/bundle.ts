import { build } from "esbuild";
import { ROOT } from "./paths.ts";

/** Where the file lies that `npm run bundle` writes. */
export const BUNDLE = "components/files/sleep-schedule.mjs";

/** The program of the sleep schedule as one ES module. */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["tools/sleep-schedule/main.ts"],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    legalComments: "eof",
    banner: { js: "// Made by `npm run bundle` of tools/sleep-schedule: do not edit." },
  });
  return outputFiles[0]?.text ?? "";
}
