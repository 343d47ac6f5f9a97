import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";
import { standInKubelet, WORKLOAD_CONTROLLERS } from "../support/stand-in-kubelet.ts";
import { npm as runScript } from "../support/run-script.ts";
import { type ApiServer, startApiServer } from "../support/api-server.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { Workspace } from "../support/workspace.ts";

const { cli, programs, reason } = prerequisites();

const NAMESPACE = "team-a";
const CONFIG = {
  "slipway:cluster": "local",
  "slipway:wait": false,
  "slipway:namespace": NAMESPACE,
  "slipway:models": [{ file: "iris.yaml" }],
  "slipway:endpoint": { kind: "ingress", host: "dev.example.com", tls: { secretName: "web" } },
};

/** What the team has there already; the claim is just as Postgres would make its own in a namespace of ours. */
const THEIRS = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "theirs" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "theirs" } },
      template: {
        metadata: { labels: { app: "theirs" } },
        spec: { containers: [{ name: "web", image: "registry.example.com/web:1" }] },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "postgres-data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny" },
    spec: { podSelector: { matchLabels: { app: "theirs" } }, policyTypes: ["Ingress"] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "theirs" },
    spec: {
      defaultBackend: { service: { name: "theirs", port: { number: 80 } } },
      rules: [{ host: "theirs.example.com" }],
    },
  },
];

describe(`a stack in a namespace that exists, by an account with rights there alone${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let server: ApiServer;
  let workspace: Workspace;
  let env: NodeJS.ProcessEnv = {};
  let before_: unknown;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    const controllers = [...WORKLOAD_CONTROLLERS, "clusterrole-aggregation-controller"];
    server = await startApiServer(programs, controllers);
    undo.unshift(() => server.stop());
    undo.unshift(standInKubelet(programs.kubectl, server.kubeconfig));
    kubectl("create", "namespace", NAMESPACE);
    apply(...THEIRS);
    before_ = theirs();
    // The commands of docs/ci.md.
    inside("create", "serviceaccount", "ci");
    inside(
      ...["create", "rolebinding", "ci", "--clusterrole", "edit"],
      ...["--serviceaccount", `${NAMESPACE}:ci`],
    );
    const kubeconfig = join(dirname(server.kubeconfig), "ci.json");
    const token = inside("create", "token", "ci").trim();
    const text = readFileSync(server.kubeconfig, "utf8");
    writeFileSync(kubeconfig, text.replace(/"token":"\w+"/, `"token":"${token}"`));

    workspace = new Workspace(cli.pulumi, kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    env = {
      CI: "true",
      KUBECONFIG: kubeconfig,
      PATH: [dirname(programs.kubectl), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(workspace.root, ".slipway/state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    for (const stack of ["dev", "other"]) {
      const file = join(workspace.root, `Pulumi.${stack}.yaml`);
      writeFileSync(file, stringify({ config: CONFIG }));
      workspace.run("stack", "init", stack);
    }
    workspace.commit("two stacks for one namespace");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const kubectl = (...args: string[]) =>
    execFileSync(programs?.kubectl ?? "", ["--kubeconfig", server.kubeconfig, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const inside = (...args: string[]) => kubectl("-n", NAMESPACE, ...args);
  const apply = (...items: object[]) => {
    const file = join(dirname(server.kubeconfig), "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    inside("apply", "-f", file);
  };
  /** The team's objects, but for what controllers say of them. */
  const theirs = () =>
    THEIRS.map(({ kind, metadata: { name } }) => {
      const { metadata, spec } = JSON.parse(inside("get", kind, name, "-o", "json")) as {
        metadata: { uid: string; labels?: object };
        spec: object;
      };
      const { uid, labels } = metadata;
      return { uid, labels, spec };
    });
  const npm = (script: string, ...args: string[]) =>
    runScript(script, args, { cwd: workspace.root, env: { ...env, TRIES: "1" } });

  it("is made as announced, by an account that may not even look at namespaces", () => {
    const may = (verb: string) =>
      execFileSync(
        programs?.kubectl ?? "",
        ["--kubeconfig", String(env["KUBECONFIG"]), "auth", "can-i", verb, "namespaces", "-A"],
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
    assert.throws(() => may("create"));
    assert.throws(() => may("list"));
    const announced = workspace.preview("dev");
    assert.deepEqual(Object.keys(announced), ["create"]);
    assert.deepEqual(workspace.change("up", "dev").changes, announced);
    assert.match(inside("get", "deployments", "-o", "name"), /mlflow/);
    assert.deepEqual(theirs(), before_);
  });

  it("changes nothing the second time, and finds no drift", async () => {
    assert.deepEqual(workspace.change("up", "dev").touched, []);
    assert.deepEqual(workspace.change("refresh", "dev").touched, []);
    const { code, stdout, stderr } = await npm("preview", "--stack", "dev");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Nothing changes; \d+ resources stay as they are/);
  });

  it("has no room for a second stack, which makes nothing", async () => {
    assert.throws(() => workspace.change("up", "other"), /configmaps "slipway" already exists/);
    const label = "app.kubernetes.io/instance=slipway-other";
    assert.equal(inside("get", "all,configmaps,secrets", "-l", label, "-o", "name"), "");
    assert.deepEqual(workspace.change("refresh", "dev").touched, []);
    const { code, stderr } = await npm("hosts", "--stack", "other");
    assert.equal(code, 1);
    assert.match(stderr, /namespace team-a holds slipway-dev, not slipway-other: name another/);
  });

  it("cannot be made where the account has no rights", () => {
    workspace.run("config", "set", "-s", "other", "slipway:namespace", "team-b");
    // Of the `up` that made nothing, the note of what it would hold is left.
    assert.throws(() => workspace.change("up", "other"), /failed before .*`pulumi destroy` takes/);
    workspace.change("destroy", "other");
    assert.throws(() => workspace.change("up", "other"), /is forbidden: User/);
  });

  it("has its own addresses alone", async () => {
    const { code, stdout, stderr } = await npm("hosts", "--stack", "dev");
    assert.equal(code, 0, stderr);
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ["iris-model-api", "mlflow", "ui"]);
  });

  it("sleeps and wakes alone: what others run there runs on", async () => {
    const asleep = await npm("sleep", "--stack", "dev", "--force");
    assert.equal(asleep.code, 0, asleep.stderr);
    assert.deepEqual(theirs(), before_);
    const replicas = (): string[] => {
      const path = "jsonpath={.items[*].spec.replicas}";
      const own = ["-l", "app.kubernetes.io/instance=slipway-dev"];
      return inside("get", "deployments,statefulsets", ...own, "-o", path).split(" ");
    };
    assert.deepEqual(new Set(replicas()), new Set(["0"]));
    const again = await npm("sleep", "--stack", "dev");
    assert.match(again.stdout, /team-a was asleep already/);
    assert.deepEqual(workspace.change("up", "dev").touched, []);
    const history = await npm("history", "--stack", "dev");
    assert.match(history.stderr, /asleep: model versions are those/);
    assert.match(history.stdout, /sleep/);

    // No pod answers a request here, so it is the prediction at the end that fails.
    const awake = await npm("wake", "--stack", "dev");
    assert.match(awake.stdout, /StatefulSet postgres: woken[^]*team-a is awake/);
    assert.match(awake.stderr, /iris-model-api in team-a does not answer/);
    assert.ok(!replicas().includes("0"));
    assert.deepEqual(theirs(), before_);
  });

  it("goes with `destroy`, and the namespace and what others have there stay", () => {
    const { changes } = workspace.change("destroy", "dev");
    assert.deepEqual(Object.keys(changes), ["delete"]);
    assert.deepEqual(theirs(), before_);
    const kinds = "all,configmaps,secrets,persistentvolumeclaims,networkpolicies,ingresses,hpa,pdb";
    const own = ["-l", "app.kubernetes.io/part-of=slipway", "--ignore-not-found"];
    assert.equal(inside("get", kinds, ...own, "-o", "name"), "configmap/slipway-dev-history\n");
  });
});
