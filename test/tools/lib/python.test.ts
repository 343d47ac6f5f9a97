import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { preparePython } from "../../../tools/lib/python.ts";
import { Progress } from "../../../tools/lib/progress.ts";
import { run } from "../../../tools/lib/run.ts";

const LOCK =
  "six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n";

describe("preparePython", () => {
  let root: string;
  let bin: string;
  let before: NodeJS.ProcessEnv;

  beforeEach(() => {
    before = { ...process.env };
    root = mkdtempSync(path.join(tmpdir(), "slipway-python-"));
    bin = path.join(root, "bin");
    mkdirSync(bin);
    mkdirSync(path.join(root, "training"));
    writeFileSync(path.join(root, "training", "requirements-dev.lock"), LOCK);
  });

  afterEach(() => {
    process.env = before;
  });

  const script = (name: string, body: string): void => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };

  const realPython = async (): Promise<string> =>
    (await run(["python3", "-c", "import sys; print(sys.executable)"])).stdout.trim();

  it("says what to install when there is no Python", async () => {
    process.env["PATH"] = bin;
    await assert.rejects(
      preparePython(root, new Progress()),
      /Python 3\.11 to 3\.13 is needed and was not found \(no Python at all\); install one/,
    );
  });

  it("names the Python that is too old", async () => {
    script("python3", "echo 3 9");
    process.env["PATH"] = bin;
    await assert.rejects(preparePython(root, new Progress()), /\(python3 is 3\.9\); install one/);
  });

  it("names the package when Python lacks its venv module", async () => {
    script(
      "python3",
      'case "$1" in -m) echo "No module named venv" >&2; exit 1;; *) echo 3 11;; esac',
    );
    process.env["PATH"] = `${bin}:/bin`;
    await assert.rejects(
      preparePython(root, new Progress()),
      (error: Error & { exitCode?: number }) => {
        assert.match(
          error.message,
          /no venv module.*apt install python3-venv[^]*No module named venv/,
        );
        assert.equal(error.exitCode, 4);
        return true;
      },
    );
  });

  it("names the network and the mirror setting when the package index can't be reached", async () => {
    symlinkSync(await realPython(), path.join(bin, "python3"));
    process.env["PATH"] = `${bin}:/bin`;
    process.env["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple";
    process.env["PIP_FIND_LINKS"] = "";
    process.env["PIP_RETRIES"] = "0";
    await assert.rejects(
      preparePython(root, new Progress()),
      /uv can't be installed; check the network or proxy, or name a mirror in PIP_INDEX_URL/,
    );
  }).timeout(120_000);

  it("installs uv and the locked packages into the project, and nothing the second time", async () => {
    // As in many a container: what is compiled is kept all the same.
    process.env["PYTHONDONTWRITEBYTECODE"] = "1";
    symlinkSync(await realPython(), path.join(bin, "python3"));
    process.env["PATH"] = `${bin}:/bin`;
    const python = await preparePython(root, new Progress());
    const code = "import os, six; print(six.__version__, os.path.exists(six.__cached__))";
    const six = await run([python.interpreter, "-c", code], python.env);
    assert.equal(six.stdout.trim(), "1.17.0 True");
    process.env["PATH"] = "";
    assert.deepEqual(await preparePython(root, new Progress()), python);
  }).timeout(300_000);

  it("refuses a package whose hash is not the locked one", async () => {
    const lock = LOCK.replace("4721", "0000");
    writeFileSync(path.join(root, "training", "requirements-dev.lock"), lock);
    symlinkSync(await realPython(), path.join(bin, "python3"));
    process.env["PATH"] = `${bin}:/bin`;
    await assert.rejects(
      preparePython(root, new Progress()),
      /packages can't be installed[^]*[Hh]ash/,
    );
  }).timeout(300_000);
});
