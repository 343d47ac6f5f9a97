import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { openCluster } from "../../../../tools/lib/stack/open-environment.ts";
import { type Environment } from "../../../../tools/lib/stack/environment.ts";
import { predictAll } from "../../../../tools/lib/stack/predictions.ts";
import { setEnvironment } from "../../../support/environment.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "../../../support/api-server.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;

describe(`predictions before there is an API${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let environment: Environment;
  let folder: string;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    folder = mkdtempSync(join(tmpdir(), "slipway-predictions-"));
    undo.unshift(() => {
      rmSync(folder, { recursive: true });
    });
    const PATH = `${dirname(programs.kubectl)}:${process.env["PATH"] ?? ""}`;
    undo.unshift(setEnvironment({ PATH, KUBECONFIG: server.kubeconfig, TRIES: "1" }));
    environment = await openCluster({ stack: "dev" });
    await environment.kubectl(["create", "namespace", environment.namespace]);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const delivered = (by: string): Environment => {
    const configFile = join(folder, `${by}.yaml`);
    const config = {
      "slipway:registry": { host: "registry.example.com", prefix: "team" },
      "slipway:delivery": by,
      ...(by === "argocd" && {
        "slipway:argocd": { repository: "https://example.com/models.git" },
      }),
      "slipway:models": [{ file: "iris.yaml" }],
    };
    writeFileSync(configFile, stringify({ config }));
    return { ...environment, configFile };
  };

  it("are not asked for where Argo CD has still to make it: its first commit follows the first deployment", async () => {
    assert.deepEqual(await predictAll(delivered("argocd")), {});
  });

  it("fail where `pulumi up` should have made it", async () => {
    await assert.rejects(predictAll(delivered("pulumi")), /iris-model-api/);
  });
});
