import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";

/** A prediction API that answers with version 1, and says of its registry what it is told. */
const api = (registry: object) => `
require("node:http").createServer((request, response) => {
  const answer = request.url === "/health"
    ? { registry: ${JSON.stringify(registry)} }
    : { model: { name: "iris-model", version: "1" } };
  response.end(JSON.stringify(answer));
}).listen(Number(process.env.PORT), "127.0.0.1");`;

describe("a restore drill", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-drill-"));
  });
  after(() => rm(folder, { recursive: true }));

  const drill = async (registry: object) => {
    const server = join(folder, "server.cjs");
    await writeFile(server, api(registry));
    const env = { SERVER: server, MODELS: "iris-model=http://127.0.0.1:1/predict/demo" };
    const script = join(ROOT, "components/files/restore-drill.mjs");
    return execa("node", [script], { env, reject: false });
  };

  it("proves a backup whose champion answers", async () => {
    const { exitCode, stdout } = await drill({ reachable: true });
    assert.match(stdout, /the newest backup is proven/);
    assert.equal(exitCode, 0);
  });

  it("does not take the answer of @previous for the champion's", async () => {
    const problem = "iris-model/2 is refused (checksum)";
    const { exitCode, stdout } = await drill({
      ...{ reachable: true, problem },
      fallback: "models:/iris-model@previous",
    });
    assert.match(stdout, /^iris-model: FAILED, iris-model\/2 is refused \(checksum\)$/m);
    assert.match(stdout, /^1 of the models failed$/m);
    assert.equal(exitCode, 1);
  });
});
