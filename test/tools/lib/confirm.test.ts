import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "../../../tools/lib/paths.ts";

const PROGRAM = `
  import { confirm } from "${join(ROOT, "tools/lib/confirm.ts")}";
  import { runCommand } from "${join(ROOT, "tools/lib/command.ts")}";
  import { tell } from "${join(ROOT, "tools/lib/tell.ts")}";
  await runCommand("", async () => {
    try {
      await confirm("Do this?");
      tell("done");
    } finally {
      tell("tidied up");
    }
  });`;

/** What it says on a terminal to a person who types `keys`, and its exit code. */
async function ask(keys: string): Promise<{ said: string; code: number | null }> {
  // util-linux's `script` is the terminal.
  const command = `'${process.execPath}' --import tsx --input-type=module -e '${PROGRAM}'`;
  const terminal = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (!said.includes("[y/N]") && (said + text).includes("[y/N]")) terminal.stdin.write(keys);
    said += text;
  });
  const [code] = (await once(terminal, "close")) as [number | null];
  return { said, code };
}

describe("a question to a person", () => {
  it("goes on with yes, and with nothing else", async () => {
    const yes = await ask("y\r");
    assert.equal(yes.code, 0, yes.said);
    assert.match(yes.said, /done\r\ntidied up/);
    for (const keys of ["n\r", "\r", "yesterday\r"]) {
      const no = await ask(keys);
      assert.equal(no.code, 1, no.said);
      assert.match(no.said, /tidied up\r\nnothing was changed/);
      assert.doesNotMatch(no.said, /done/);
    }
  });

  for (const [name, keys] of [
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ] as const) {
    it(`is answered with no by ${name}, and the command tidies up`, async () => {
      const { said, code } = await ask(keys);
      assert.equal(code, 1, said);
      assert.match(said, /tidied up\r\nnothing was changed/);
    });
  }
});
