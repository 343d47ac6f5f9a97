import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describeDelivery } from "../support/delivery-world.ts";
import { long } from "../support/long.ts";
import { STORAGE_CLASS } from "../support/storage-class.ts";
import { playJobs } from "../support/played-jobs.ts";
import { PlayedCluster } from "../support/played-cluster.ts";

const NAMESPACE = ["-n", "slipway-dev"];
const BUNDLED = { kind: "bundled", size: "5Gi" };

const CLAIMS = ["postgres-data", "object-store-seaweedfs-data", "prometheus-data"];

describeDelivery("the data of a protected stack, with the real engine", {}, (world) => {
  let external: unknown;

  before(() => {
    external = config()["slipway:database"];
    world.configure("slipway:protect", true);
    world.configure("slipway:database", BUNDLED);
    world.kubectlWith(JSON.stringify(STORAGE_CLASS), "apply", "-f", "-");
    world.workspace.change("up", "dev");
    for (const name of CLAIMS) {
      const bound = JSON.stringify({ spec: { volumeName: `disk-of-${name}` } });
      world.kubectl(...NAMESPACE, "patch", "pvc", name, "--type=merge", "-p", bound);
    }
  });

  const config = () =>
    (parse(readFileSync(world.stackFile("dev"), "utf8")) as { config: Record<string, unknown> })
      .config;
  const get = (what: string[], path: string) =>
    world.kubectl(...NAMESPACE, "get", ...what, "-o", `jsonpath=${path}`);
  const uids = () =>
    get(["namespace,pvc", "--all-namespaces"], "{.items[*].metadata.uid}").split(" ").sort();
  const passwords = () =>
    ["postgres-admin", "mlflow-admin", "object-store-mlflow"].map((one) =>
      get(["secret", one], "{.data.password}"),
    );
  const mlflow = () => {
    const host = "{.spec.template.spec.containers[0].env[?(@.name=='PGHOST')].value}";
    return get(["deployment", "mlflow"], `${host} {.spec.replicas}`);
  };
  const deploy = async (...args: string[]) =>
    world.npm("deploy", ["--stack", "dev", "--yes", "--dirty", ...args], {
      env: await world.served(),
    });

  describe("moved to another place", () => {
    const undo: (() => Promise<void> | void)[] = [];
    before(() => {
      // No pod runs here: workloads are ready at once, and copies end well.
      const { kubeconfig, programs } = world;
      const cluster = new PlayedCluster(kubeconfig, programs.kubectl, "slipway-dev");
      cluster.start();
      undo.push(playJobs(programs.kubectl, kubeconfig, "slipway-dev"), () => {
        cluster.stop();
      });
    });
    after(async () => {
      for (const step of undo) await step();
    });
    const move = () => world.npm("move", ["database", "--stack", "dev", "--yes"]);

    it("leave the volume and its passwords where they were", async () => {
      const before = [...uids(), ...passwords()];
      world.configure("slipway:database", external);
      const early = await deploy();
      assert.equal(early.code, 1);
      assert.match(
        early.stderr,
        /the database would be left at postgres:5432\/mlflow, as MLflow begins at db\.example\.com/,
      );
      const moved = await move();
      assert.equal(moved.code, 0, moved.stdout + moved.stderr);
      assert.match(moved.stdout, /postgres:5432\/mlflow → db\.example\.com[^]*npm run deploy --/);
      assert.equal(mlflow(), "postgres 0");
      assert.deepEqual(config()["slipway:movedFrom"], { database: BUNDLED });
      const deployed = await deploy();
      assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
      assert.equal(mlflow(), "db.example.com 1");
      assert.deepEqual([...uids(), ...passwords()], before);
      const servers = ["statefulsets", "-l", "app.kubernetes.io/name=postgres"];
      assert.equal(get(servers, "{.items}"), "[]");
    });

    long("come back into that very volume", async () => {
      const before = [...uids(), ...passwords()];
      world.configure("slipway:database", BUNDLED);
      const moved = await move();
      assert.equal(moved.code, 0, moved.stdout + moved.stderr);
      // The new server runs beside a MLflow that stands still where it was.
      assert.equal(mlflow(), "db.example.com 0");
      assert.equal(get(["statefulset", "postgres"], "{.metadata.name}"), "postgres");
      assert.equal(config()["slipway:movedFrom"], undefined);
      const deployed = await deploy();
      assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
      assert.equal(mlflow(), "postgres 1");
      assert.deepEqual([...uids(), ...passwords()], before);
      const ours = "app.kubernetes.io/name in (move,moved-from)";
      assert.equal(get(["jobs,secrets,networkpolicies", "-l", ours], "{.items}"), "[]");
    });
  });

  it("are there again after a take-down, with the next `up`", () => {
    const before = [...uids(), ...passwords()];
    const args = ["--exclude-protected", "--yes", "--skip-preview"];
    world.workspace.run("destroy", "-s", "dev", ...args);
    assert.equal(get(["deployments,statefulsets,secrets,jobs"], "{.items}"), "[]");
    const { changes } = world.workspace.change("up", "dev");
    assert.deepEqual(Object.keys(changes).sort(), ["create", "same"]);
    assert.deepEqual([...uids(), ...passwords()], before);
  });

  long("are adopted where only the cluster has them, if they are this stack's", async () => {
    const before = uids();
    world.workspace.run("state", "unprotect", "--all", "--yes", "-s", "dev");
    world.workspace.change("destroy", "dev");
    assert.deepEqual(uids(), before);
    const label = (instance: string) => {
      const set = ["label", "pvc", "postgres-data", "--overwrite"];
      world.kubectl(...NAMESPACE, ...set, `app.kubernetes.io/instance=${instance}`);
    };
    label("slipway-other");
    const refused = await deploy("--adopt");
    assert.match(
      refused.stderr,
      /not of slipway-dev, so nothing is adopted: PersistentVolumeClaim slipway-dev\/postgres-data;/,
    );
    label("slipway-dev");
    const adopted = await deploy("--adopt");
    assert.equal(adopted.code, 0, adopted.stdout + adopted.stderr);
    assert.match(adopted.stdout, /Namespace slipway-dev\n {2}PersistentVolumeClaim object-store/);
    assert.deepEqual(uids(), before);
    assert.deepEqual(world.workspace.change("up", "dev").touched, []);
  });

  long("are adopted where the state is lost, once nothing runs beside them", async () => {
    const before = uids();
    world.workspace.run("stack", "rm", "dev", "--force", "--yes", "--preserve-config");
    world.workspace.run("stack", "init", "dev");
    const { stderr } = await deploy("--adopt");
    const [, command = ""] =
      /not taken down, \d+ objects .* take them down first; data stay: kubectl (.*?); then/.exec(
        stderr,
      ) ?? [];
    world.kubectl(...command.split(" "));
    const adopted = await deploy("--adopt");
    assert.equal(adopted.code, 0, adopted.stdout + adopted.stderr);
    assert.deepEqual(uids(), before);
  });
});
