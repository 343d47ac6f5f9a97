import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const GOOD = { has_diabetes: true, model: { name: "diabetes-model", version: "3" } };

describe("the prediction after a roll-out", () => {
  let folder: string;
  let server: Server;
  let answer: { status: number; body: string };
  let asked: { url: string | undefined; token: string | undefined }[];

  beforeEach(async () => {
    asked = [];
    answer = { status: 200, body: JSON.stringify(GOOD) };
    server = createServer((request, response) => {
      asked.push({ url: request.url, token: request.headers.authorization });
      response.statusCode = answer.status;
      response.end(answer.body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    // Stands in for a cluster: kubectl says what it would say, and the forward leads to our server.
    folder = mkdtempSync(join(tmpdir(), "slipway-check-"));
    const kubectl = join(folder, "kubectl");
    writeFileSync(
      kubectl,
      `#!/bin/sh\ncase "$*" in *"get namespace/slipway-dev "*) cat ${folder}/asleep 2>/dev/null; exit;;\n` +
        `*"-n team-a get configmap/slipway "*) cat ${folder}/asleep-there; exit;; esac\n` +
        `echo "$@" > ${folder}/args\necho "Forwarding from 127.0.0.1:${port} -> 8000"\nexec sleep 60\n`,
    );
    chmodSync(kubectl, 0o755);
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function check(env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ["--import", "tsx", "tools/check-prediction.ts"], {
      cwd: ROOT,
      env: {
        PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
        NAMESPACE: "slipway-dev",
        SERVICE: "diabetes-model-api",
        PORT: "8000",
        TRIES: "2",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, output, errors };
  }

  it("prints the answer", async () => {
    const { code, output } = await check();
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(output), GOOD);
    assert.deepEqual(asked, [{ url: "/predict/demo", token: undefined }]);
  });

  it("fails with status and body when the API has no model", async () => {
    answer = { status: 503, body: '{"title":"no model"}' };
    const { code, errors } = await check();
    assert.equal(code, 1);
    assert.match(
      errors,
      /diabetes-model-api in slipway-dev does not answer properly: .*503: \{"title":"no model"\}/,
    );
    assert.match(errors, /kubectl -n slipway-dev logs deployment\/diabetes-model-api/);
    assert.equal(asked.length, 2);
  });

  it("fails when the answer names no model version", async () => {
    answer = { status: 200, body: "{}" };
    const { code, errors } = await check();
    assert.equal(code, 1);
    assert.match(errors, /names no model version/);
  });

  it("carries a token where one is given", async () => {
    await check({ AUTH: "true", SLIPWAY_TOKEN: "abc" });
    assert.equal(asked[0]?.token, "Bearer abc");
  });

  it("expects to be refused without a token", async () => {
    answer = { status: 401, body: "{}" };
    assert.deepEqual(JSON.parse((await check({ AUTH: "true" })).output), {
      refusedWithoutToken: true,
    });
    answer = { status: 200, body: JSON.stringify(GOOD) };
    assert.match((await check({ AUTH: "true" })).errors, /without a token answered 200, not 401/);
  });

  it("asks nothing of an environment that sleeps, and does not fail", async () => {
    writeFileSync(join(folder, "asleep"), "2026-11-22T02:00:00Z");
    const { code, output } = await check();
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(output), { asleep: "2026-11-22T02:00:00Z" });
    assert.deepEqual(asked, []);
  });

  it("looks for the mark of sleep where it is told to", async () => {
    writeFileSync(join(folder, "asleep-there"), "2026-11-23T02:00:00Z");
    const { output } = await check({ NAMESPACE: "team-a", ENVIRONMENT: "configmap/slipway" });
    assert.deepEqual(JSON.parse(output), { asleep: "2026-11-23T02:00:00Z" });
  });

  it("says why when kubectl fails or is missing", async () => {
    writeFileSync(join(folder, "kubectl"), "#!/bin/sh\necho 'no such service' >&2\nexit 1\n");
    assert.match((await check()).errors, /kubectl port-forward ended: no such service/);
    rmSync(join(folder, "kubectl"));
    assert.match((await check({ PATH: folder })).errors, /kubectl/);
  });
});
