import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { type Access, accessCluster } from "../../tools/ops/access.ts";
import { predictAll } from "../../tools/ops/predictions.ts";
import { NO_SERVER, type ApiServer, serverPrograms, startApiServer } from "./api-server.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;

describe(`predictions before there is an API${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let server: ApiServer;
  let access: Access;
  let folder: string;
  const { PATH, KUBECONFIG, TRIES } = process.env;

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    folder = mkdtempSync(join(tmpdir(), "slipway-predictions-"));
    process.env["PATH"] = `${dirname(programs.kubectl)}:${PATH ?? ""}`;
    process.env["KUBECONFIG"] = server.kubeconfig;
    process.env["TRIES"] = "1";
    access = await accessCluster({ stack: "dev" });
    await access.kubectl(["create", "namespace", access.namespace]);
  });

  after(async () => {
    process.env["PATH"] = PATH;
    for (const [key, value] of Object.entries({ KUBECONFIG, TRIES })) {
      if (value === undefined) Reflect.deleteProperty(process.env, key);
      else process.env[key] = value;
    }
    if (programs === undefined) return;
    rmSync(folder, { recursive: true });
    await server.stop();
  });

  const delivered = (by: string): Access => {
    const configFile = join(folder, `${by}.yaml`);
    const config = { "slipway:delivery": by, "slipway:models": [{ file: "iris.yaml" }] };
    writeFileSync(configFile, stringify({ config }));
    return { ...access, configFile };
  };

  it("are not asked for where Argo CD has still to make it: its first commit follows the first deployment", async () => {
    assert.deepEqual(await predictAll(delivered("argocd")), {});
  });

  it("fail where `pulumi up` should have made it", async () => {
    await assert.rejects(predictAll(delivered("pulumi")), /iris-model-api/);
  });
});
