import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { npm as runScript } from "../workflows/run-script.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { PlayedCluster } from "./played-cluster.ts";
import { prerequisites } from "./prerequisites.ts";
import { Workspace } from "./workspace.ts";

const { cli, programs, reason } = prerequisites();

/** Put into the configuration as secrets; never to be seen again. */
const CANARIES = ["canary-one-5d1c", "canary-two-9f3a"] as const;
const MODELS = ["iris.yaml", "titanic.yaml"].map((file) => ({
  file,
  replicas: { min: 1, max: 2 },
}));
const CONFIG = {
  "slipway:cluster": "local",
  "slipway:wait": false,
  "slipway:models": MODELS,
  "slipway:database": { kind: "external", host: "db.example.com" },
  "slipway:endpoint": { kind: "ingress", host: "dev.example.com", tls: { secretName: "web" } },
};

describe(`delivery, with the scripts of the workflows${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let server: ApiServer;
  let workspace: Workspace;
  let env: NodeJS.ProcessEnv = {};
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.push(() => server.stop());
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    env = {
      CI: "true",
      KUBECONFIG: server.kubeconfig,
      PATH: [dirname(programs.kubectl), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(workspace.root, ".slipway/state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    for (const stack of ["dev", "pr"]) {
      writeFileSync(stackFile(stack), stringify({ config: CONFIG }));
      workspace.run("stack", "init", stack);
      setPassword(stack, CANARIES[0]);
    }
    workspace.commit("two stacks");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const stackFile = (stack: string) => join(workspace.root, `Pulumi.${stack}.yaml`);
  const setPassword = (stack: string, value: string) =>
    workspace.run(
      "config",
      "set",
      "-s",
      stack,
      "--secret",
      "--path",
      "slipway:database.password",
      value,
    );
  /** Writes a key of `dev`, as a person does in an editor. */
  const configure = (key: string, value: unknown) => {
    const document = parseDocument(readFileSync(stackFile("dev"), "utf8"));
    document.setIn(["config", key], value);
    writeFileSync(stackFile("dev"), document.toString());
  };
  const kubectl = (...args: string[]) =>
    execFileSync(programs?.kubectl ?? "", ["--kubeconfig", server.kubeconfig, ...args], {
      encoding: "utf8",
    });
  const apply = (manifest: object) => {
    const file = join(workspace.root, ".slipway", "applied.json");
    writeFileSync(file, JSON.stringify(manifest));
    kubectl("apply", "-f", file);
  };
  const npm = async (
    script: string,
    args: string[],
    more: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ) => {
    const ended = await runScript(script, args, {
      ...more,
      cwd: workspace.root,
      env: { ...env, ...more.env },
    });
    for (const canary of CANARIES)
      assert.ok(!JSON.stringify(ended).includes(canary), `${script} shows a secret`);
    return ended;
  };
  /** The comment of a preview of `dev`. */
  const preview = async () => {
    const file = join(workspace.root, "preview.md");
    const { code, stdout, stderr } = await npm("preview", ["--stack", "dev", "--out", file]);
    const comment = readFileSync(file, "utf8");
    for (const canary of CANARIES)
      assert.ok(!comment.includes(canary), "the comment shows a secret");
    assert.equal(stdout.trim(), comment.trim());
    return { code, comment, stderr };
  };

  describe("npm run ci:check", () => {
    it("refuses a commit that was never pushed, and takes it once it is", async () => {
      const check = () => npm("ci:check", ["--stack", "dev"]);
      const before = await check();
      assert.equal(before.code, 4);
      assert.match(before.stderr, /is on no branch of the remote.*push it first/);
      const remote = join(workspace.root, ".slipway", "remote.git");
      workspace.git("init", "-q", "--bare", remote);
      workspace.git("remote", "add", "origin", remote);
      workspace.git("push", "-q", "origin", "HEAD:main");
      const after = await check();
      assert.equal(after.code, 0, after.stderr);
      assert.match(after.stderr, /ready for stack dev/);
    });

    it("names the secret behind a token that the cluster does not take", async () => {
      const expired = readFileSync(server.kubeconfig, "utf8").replace(
        /"token":"\w+"/,
        '"token":"expired"',
      );
      const { code, stderr } = await npm("ci:check", ["--stack", "dev"], {
        env: { KUBECONFIG_TEXT: expired },
      });
      assert.equal(code, 4);
      assert.match(stderr, /refuses the credentials.*has expired; renew the secret KUBECONFIG/);
    });

    it("names the secret behind a passphrase that is wrong or not there", async () => {
      const wrong = await npm("ci:check", ["--stack", "dev"], {
        env: { PULUMI_CONFIG_PASSPHRASE: "wrong" },
      });
      assert.match(wrong.stderr, /PULUMI_CONFIG_PASSPHRASE is missing or not the one/);
      const none = await npm("ci:check", ["--stack", "dev"], {
        env: { PULUMI_CONFIG_PASSPHRASE: "" },
      });
      assert.match(
        none.stderr,
        /is encrypted with a passphrase: set the secret PULUMI_CONFIG_PASSPHRASE/,
      );
    });

    it("says that the state has no such stack", async () => {
      const { stderr } = await npm("ci:check", ["--stack", "staging"]);
      assert.match(stderr, /the state has no such stack: .*stack init/);
    });
  });

  describe("npm run preview", () => {
    it("announces everything that a first deployment makes", async () => {
      const { code, comment } = await preview();
      assert.equal(code, 0);
      assert.match(
        comment,
        /^<!-- slipway preview dev -->\n### 📝 Preview of `dev` at `[0-9a-f]{7}`/,
      );
      assert.match(comment, /create \| Deployment `iris-model-api`/);
      assert.match(comment, /\*\*0\*\* to update, \*\*0\*\* to replace, \*\*0\*\* to delete/);
    });

    it("says that nothing changes once it is deployed", async () => {
      workspace.change("up", "dev");
      assert.match((await preview()).comment, /Nothing changes; \d+ resources stay as they are/);
    });

    it("shows what changes, what goes away and what is replaced, and no password", async () => {
      setPassword("dev", CANARIES[1]);
      const models = MODELS.slice(0, 1).map((model) => ({
        ...model,
        replicas: { min: 1, max: 3 },
      }));
      configure("slipway:models", models);
      const { code, comment } = await preview();
      assert.equal(code, 0, comment);
      assert.match(comment, /> \[!CAUTION\]/);
      assert.match(comment, /🔴 \*\*DELETE\*\* Deployment `titanic-model-api`/);
      assert.match(
        comment,
        /update \| HorizontalPodAutoscaler `iris-model-api` \| `spec\.maxReplicas: 2 → 3`/,
      );
      assert.match(comment, /Secret `[\w-]+` \| `(stringD|d)ata/);
    });

    it("fails where a policy is broken, and says which", async () => {
      configure("slipway:images", { prometheus: "docker.io/prom/prometheus:latest" });
      const { code, comment } = await preview();
      assert.equal(code, 1);
      assert.match(comment, /### ❌ /);
      assert.match(comment, /❌ `pinned-images` on `prometheus`/);
      workspace.git("checkout", "-q", "Pulumi.dev.yaml");
    });

    it("still has a comment where the program refuses the configuration", async () => {
      configure("slipway:colour", "red");
      const { code, comment } = await preview();
      assert.equal(code, 1);
      assert.match(comment, /\*\*It failed\*\*[\s\S]*slipway:colour/);
      workspace.git("checkout", "-q", "Pulumi.dev.yaml");
    });
  });

  describe("npm run hosts", () => {
    const crd = (group: string, plural: string, kind: string) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: `${plural}.${group}`,
        annotations: { "api-approved.kubernetes.io": "https://example.com/test" },
      },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural, kind, singular: kind.toLowerCase() },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        ],
      },
    });

    it("reads Ingresses, where a cluster knows neither Routes nor Gateways", async () => {
      const { code, stdout, stderr } = await npm("hosts", ["--stack", "dev"]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), {
        "iris-model-api": "https://iris-model.dev.example.com",
        mlflow: "https://mlflow.dev.example.com",
        "titanic-model-api": "https://titanic-model.dev.example.com",
        ui: "https://dev.example.com",
      });
    });

    it("reads OpenShift's Routes, a Gateway's routes and node ports, and hands them to later steps", async () => {
      const namespace = "slipway-dev";
      kubectl("-n", namespace, "delete", "ingress", "--all");
      const kinds = [
        ["route.openshift.io", "routes", "Route"],
        ["gateway.networking.k8s.io", "httproutes", "HTTPRoute"],
        ["gateway.networking.k8s.io", "gateways", "Gateway"],
      ] as const;
      for (const [group, plural, kind] of kinds) {
        apply(crd(group, plural, kind));
        kubectl("wait", "--for=condition=Established", `crd/${plural}.${group}`, "--timeout=30s");
      }
      const metadata = (name: string) => ({ name, namespace });
      apply({
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: metadata("mlflow"),
        spec: {
          host: "asked-for.example.com",
          to: { kind: "Service", name: "mlflow" },
          tls: { termination: "edge" },
        },
        status: { ingress: [{ host: "mlflow-slipway-dev.apps.example.com" }] },
      });
      const listeners = ["HTTP", "HTTPS"].map((protocol) => ({
        name: protocol.toLowerCase(),
        protocol,
        port: 80,
      }));
      apply({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: metadata("public"),
        spec: { listeners },
      });
      for (const [name, sectionName] of [
        ["ui", "https"],
        ["iris-model-api", "http"],
      ] as const) {
        apply({
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: metadata(name),
          spec: {
            parentRefs: [{ name: "public", sectionName }],
            hostnames: [`${name}.example.com`],
            rules: [{ backendRefs: [{ name, port: 80 }] }],
          },
        });
      }
      apply({
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "n1" },
        status: { addresses: [{ type: "InternalIP", address: "10.0.0.7" }] },
      });
      apply({
        apiVersion: "v1",
        kind: "Service",
        metadata: metadata("titanic-model-api-node"),
        spec: { type: "NodePort", ports: [{ port: 8000, nodePort: 30802 }] },
      });
      const output = join(workspace.root, ".slipway", "output");
      const variables = join(workspace.root, ".slipway", "env");
      const { stdout, stderr } = await npm("hosts", ["--stack", "dev", "--github"], {
        env: { GITHUB_OUTPUT: output, GITHUB_ENV: variables },
      });
      assert.deepEqual(JSON.parse(stdout), {
        "iris-model-api": "http://iris-model-api.example.com",
        mlflow: "https://mlflow-slipway-dev.apps.example.com",
        "titanic-model-api": "http://10.0.0.7:30802",
        ui: "https://ui.example.com",
      });
      assert.match(stderr, /mlflow +https:\S+ +\(Route\)/);
      assert.match(readFileSync(output, "utf8"), /^ui=https:\/\/ui\.example\.com$/m);
      assert.match(
        readFileSync(variables, "utf8"),
        /^IRIS_MODEL_API_URL=http:\/\/iris-model-api\.example\.com$/m,
      );
    });

    it("names the namespaces there are when the one asked for is not", async () => {
      const { code, stderr } = await npm("hosts", ["--stack", "prod"]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /namespace slipway-prod is not in cluster 'bare', which has slipway-dev/,
      );
    });
  });

  describe("npm run pr-sandbox", () => {
    const stacks = () => workspace.run("stack", "ls").match(/^pr-\d+/gm) ?? [];

    it("refuses a template with a namespace, which all of them would share", async () => {
      workspace.run("config", "set", "-s", "pr", "slipway:namespace", "team-a");
      const { code, stderr } = await npm("pr-sandbox", ["up", "--number", "11"]);
      assert.equal(code, 1);
      assert.match(stderr, /Pulumi\.pr\.yaml names a 'namespace', .* remove the key/);
      assert.deepEqual(stacks(), []);
      workspace.run("config", "rm", "-s", "pr", "slipway:namespace");
    });

    it("makes an environment with a host of its own, and says where it is", async () => {
      const file = join(workspace.root, "sandbox.md");
      const { code, stderr } = await npm("pr-sandbox", ["up", "--number", "12", "--out", file]);
      assert.equal(code, 0, stderr);
      const comment = readFileSync(file, "utf8");
      assert.match(comment, /^<!-- slipway sandbox -->\n### Sandbox `pr-12`/);
      assert.match(comment, /\| `ui` +\| https:\/\/pr-12\.dev\.example\.com \|/);
      assert.match(kubectl("-n", "slipway-pr-12", "get", "deployments", "-o", "name"), /mlflow/);
    });

    it("updates it from another runner, which has no file of it", async () => {
      workspace.git("clean", "-qfX", "Pulumi.pr-12.yaml");
      const { code, stderr } = await npm("pr-sandbox", ["up", "--number", "12"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /\d+ unchanged/);
      assert.doesNotMatch(stderr, /created|deleted/);
    });

    it("makes it anew on demand", async () => {
      const uid = () =>
        kubectl("get", "namespace", "slipway-pr-12", "-o", "jsonpath={.metadata.uid}");
      const before = uid();
      const { code, stderr } = await npm("pr-sandbox", ["recreate", "--number", "12"]);
      assert.equal(code, 0, stderr);
      assert.notEqual(uid(), before);
    });

    it("sweeps away what belongs to no open pull request, and nothing else", async () => {
      await npm("pr-sandbox", ["up", "--number", "13"]);
      const open = JSON.stringify([{ number: 13 }]);
      const { code, stderr } = await npm("pr-sandbox", ["sweep", "--open", "-"], { input: open });
      assert.equal(code, 0, stderr);
      assert.deepEqual(stacks(), ["pr-13"]);
      kubectl("wait", "--for=delete", "namespace/slipway-pr-12", "--timeout=60s");
      assert.match(kubectl("get", "namespaces", "-o", "name"), /slipway-dev\n[^]*slipway-pr-13/);
    });

    it("sweeps nothing when the list is no list", async () => {
      for (const input of ["", "{}", '{"message":"Bad credentials"}']) {
        const { code, stderr } = await npm("pr-sandbox", ["sweep", "--open", "-"], { input });
        assert.equal(code, 2);
        assert.match(stderr, /nothing was removed/);
      }
      assert.deepEqual(stacks(), ["pr-13"]);
    });

    it("destroys twice without complaint", async () => {
      assert.equal((await npm("pr-sandbox", ["destroy", "--number", "13"])).code, 0);
      const again = await npm("pr-sandbox", ["destroy", "--number", "13"]);
      assert.equal(again.code, 0);
      assert.match(again.stderr, /nothing to remove/);
      assert.deepEqual(stacks(), []);
    });

    it("refuses what is no number, a template that is not there, and an unknown command", async () => {
      assert.match(
        (await npm("pr-sandbox", ["up", "--number", "x"])).stderr,
        /--number x: give the pull request's number/,
      );
      const other = await npm("pr-sandbox", ["up", "--number", "1", "--template", "qa"]);
      assert.match(
        other.stderr,
        /the state has no stack 'qa' to copy from: .*docs\/ci\.md#sandboxes/,
      );
      assert.equal((await npm("pr-sandbox", ["fly"])).code, 2);
    });
  });

  describe("npm run train", () => {
    const uid = (kind: string, name: string) => {
      const args = ["get", kind, "-l", `app.kubernetes.io/name=${name}`, "-o", "jsonpath={..uid}"];
      return kubectl("-n", "slipway-dev", ...args);
    };

    it("runs the chosen model's Job again through the program, and touches nothing else", async () => {
      const jobs = ["iris-model-training", "titanic-model-training"].map((name) =>
        uid("jobs", name),
      );
      const api = uid("deployments", "iris-model-api");
      const { code, stderr } = await npm(
        "train",
        ["--stack", "dev", "--model", "iris", "--model", ""],
        { env: { TRIES: "1" } },
      );
      // No pod runs here, so the API can't be asked.
      assert.equal(code, 1);
      assert.match(stderr, /iris-model-api in slipway-dev does not answer/);
      assert.notEqual(uid("jobs", "iris-model-training"), jobs[0]);
      assert.equal(uid("jobs", "titanic-model-training"), jobs[1]);
      assert.equal(uid("deployments", "iris-model-api"), api);
    });

    it("explains a stack that another run has locked", async () => {
      const locks = join(workspace.root, ".slipway/state/.pulumi/locks/organization/slipway/dev");
      mkdirSync(locks, { recursive: true });
      const lock = {
        pid: 1,
        username: "ci",
        hostname: "runner",
        timestamp: new Date().toISOString(),
      };
      writeFileSync(join(locks, "0.json"), JSON.stringify(lock));
      const { code, stderr } = await npm("train", ["--stack", "dev", "--model", "titanic"]);
      rmSync(locks, { recursive: true });
      assert.equal(code, 1);
      assert.match(stderr, /→ the stack is locked: .*`pulumi cancel`.*interrupted-up\.md/);
    });

    it("refuses a model that the stack does not have", async () => {
      const { code, stderr } = await npm("train", ["--stack", "dev", "--model", "diabetes"]);
      assert.equal(code, 2);
      assert.match(stderr, /--model diabetes: this stack has iris-model, titanic-model/);
    });

    it("says with exit code 3 that the gate refused, and leaves what slept asleep", async () => {
      // No pod and no controller runs here: this plays them.
      const cluster = new PlayedCluster(server.kubeconfig, programs?.kubectl ?? "", "slipway-dev");
      configure("slipway:wait", true);
      cluster.playRejectedTraining("iris-model");
      cluster.start();
      try {
        assert.equal((await npm("sleep", ["--stack", "dev"])).code, 0);
        const output = join(workspace.root, ".slipway", "train-output");
        const { code, stdout, stderr } = await npm("train", ["--stack", "dev", "--model", "iris"], {
          env: { GITHUB_OUTPUT: output },
        });
        assert.equal(code, 3, stdout + stderr);
        assert.match(stderr, /the gate rejected iris-model: the champion stays and keeps serving/);
        assert.match(stdout, /Deployment mlflow: woken[^]*slipway-dev is asleep again/);
        assert.equal(readFileSync(output, "utf8"), "slept=true\n");
        const replicas = ["get", "deployments,statefulsets", "-o", "jsonpath={..spec.replicas}"];
        assert.match(kubectl("-n", "slipway-dev", ...replicas), /^0( 0)*$/);
      } finally {
        cluster.stop();
        workspace.git("checkout", "-q", "Pulumi.dev.yaml");
      }
    });
  });
});
