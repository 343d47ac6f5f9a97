import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../../tools/lib/paths.ts";

const PROGRAM = `import { Progress } from "${join(ROOT, "tools", "lib", "progress.ts")}";
const progress = new Progress({ live: true });
await progress.phase("training", async () => {
  progress.say("iris: begun");
  await new Promise((done) => setTimeout(done, 300));
});
await progress.phase("page", () => Promise.reject(new Error("no"))).catch(() => undefined);
progress.say("ready");`;
const NODE = ["--import", "tsx", "--input-type=module", "-e", PROGRAM];
/** Of util-linux: runs a command at a terminal of its own. */
const SCRIPT = "/usr/bin/script";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

describe("progress", () => {
  it("is plain lines where no person looks on", async () => {
    const { stderr, stdout } = await execa("node", NODE, { cwd: ROOT });
    assert.match(stderr, /^ +\d\.\d s {2}iris: begun\n +\d\.\d s {2}ready$/);
    assert.equal(stdout, "");
  });

  it("has a last line at a terminal that says what runs, and leaves nothing of it behind", async function () {
    if (!existsSync(SCRIPT) || process.platform !== "linux") return void this.skip();
    const command = ["node", ...NODE].map((word) => `'${word}'`).join(" ");
    const at = async (env: NodeJS.ProcessEnv) => {
      const settings = { CI: undefined, TERM: "xterm", NO_COLOR: undefined, ...env };
      return (await execa(SCRIPT, ["-qec", command, "/dev/null"], { cwd: ROOT, env: settings }))
        .stdout;
    };
    const lively = await at({});
    assert.match(lively, /training 0 s/);
    assert.equal(lively.split(HIDE_CURSOR).length, lively.split(SHOW_CURSOR).length);
    assert.match(lively, /ready\s*$/);
    // eslint-disable-next-line no-control-regex -- colours are what is looked for
    const colour = /\u001b\[\d+m/;
    assert.match(lively, colour);
    assert.doesNotMatch(await at({ NO_COLOR: "1" }), colour);
    assert.doesNotMatch(await at({ CI: "true" }), /training 0 s/);
  });
});
