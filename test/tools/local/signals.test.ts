import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

describe("onStopRequest", () => {
  it("stops when npm is killed, although the shell between them lives on", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "slipway-signals-"));
    const script = path.join(folder, "script.ts");
    const signals = JSON.stringify(path.resolve("tools", "local", "signals.ts"));
    writeFileSync(
      script,
      `import { onStopRequest } from ${signals};
       const forever = setInterval(() => undefined, 1000);
       onStopRequest((reason) => { console.log(reason); clearInterval(forever); }, () => undefined);
       console.log("started");`,
    );
    const node = `"${process.execPath}" --import tsx "${script}"`;
    // As npm does it: the script's own command, by a shell that waits for its end.
    const argv = JSON.stringify(["-c", `${node}; true`]);
    const npm = spawn(
      process.execPath,
      ["-e", `require("child_process").spawn("sh", ${argv}, { stdio: "inherit" })`],
      {
        env: { ...process.env, npm_lifecycle_event: "start" },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const lines = createInterface({ input: npm.stdout })[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "started");
    npm.kill("SIGKILL");
    assert.equal((await lines.next()).value, "npm has gone");
    assert.equal((await lines.next()).done, true);
  });
});
