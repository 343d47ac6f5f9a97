import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describedCommands } from "../../tools/help.ts";
import { ROOT } from "../../tools/lib/paths.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** What workflows and npm itself call, or what `check` does step by step: CONTRIBUTING.md and docs/ci.md tell of them. */
const FOR_PROGRAMS =
  /^(ci:.*|prepack|postpack|format|lint|types|lock:images|coverage|drift|help|faults)$/;

describe("npm run help", () => {
  it("tells of every command that people run, in the README's words", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const commands = [...describedCommands(read("README.md")).values()].flat();
    const told = commands
      .map(({ command }) => command)
      .join("\n")
      .concat("\n");
    const missing = Object.keys(scripts)
      .filter((name) => !FOR_PROGRAMS.test(name))
      .filter((name) => !new RegExp(`npm (run )?${name}[\\s,]`).test(told));
    assert.deepEqual(missing, []);
    for (const { command, does } of commands) assert.ok(does.length > 10, command);
  });

  it("takes rows of tables and lines of shell, by their heading", () => {
    const readme =
      "## One\n| `npm run a`, `npm run b` | does `this` | [x](y) |\n```sh\nnpm start # all of it\nnpm ci\n```\n## Two\nnpm run c -- --x  # that\n";
    assert.deepEqual(
      [...describedCommands(readme)],
      [
        [
          "One",
          [
            { command: "npm run a, npm run b", does: "does this" },
            { command: "npm start", does: "all of it" },
          ],
        ],
        ["Two", [{ command: "npm run c -- --x", does: "that" }]],
      ],
    );
  });

  it("ends without a word where its reader has enough", async () => {
    const command = "set -o pipefail; npm run --silent help | head -1";
    const { stdout, stderr } = await execa("bash", ["-c", command], { cwd: ROOT });
    assert.deepEqual([stdout, stderr], ["Your own model", ""]);
  });

  it("prints them in columns", async () => {
    const { stdout } = await execa("npm", ["run", "--silent", "help"], { cwd: ROOT });
    assert.match(stdout, /^Every day\n\n {2}npm run deploy {10,}pulumi up/m);
  });
});
