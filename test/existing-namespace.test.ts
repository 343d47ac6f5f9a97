import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { validateConfig } from "../components/config/validate.ts";
import { parseQuantity } from "../components/lib/quantity.ts";
import { evaluate } from "../tools/lib/program/evaluate.ts";
import { renderStack } from "../tools/lib/program/manifests.ts";
import { rawStack } from "../tools/lib/stack/stack-file.ts";
import { Described, at, environment, stack } from "./support/evaluation.ts";
import { podsOf } from "./support/references.ts";
import { totals } from "./support/totals.ts";

const HERE = { namespace: "team-a", quota: undefined };
const OWN = { "app.kubernetes.io/instance": "slipway-dev" };
const REPOSITORY = "https://git.example.com/team/slipway.git";

describe("a stack in a namespace that exists", () => {
  let described: Described;
  before(async () => {
    const models = [{ file: "iris.yaml", training: { schedule: "0 3 * * 1" } }];
    described = await stack("dev", { ...HERE, models });
  });

  it("puts every object there, and makes nothing that belongs to the namespace's owner", () => {
    const namespaces = described.objects.map(({ metadata }) => metadata.namespace);
    assert.deepEqual([...new Set(namespaces)], ["team-a"]);
    for (const kind of ["Namespace", "ResourceQuota", "LimitRange"]) {
      assert.deepEqual(described.kind(kind), []);
    }
  });

  it("selects none but its own pods, by labels that all of them have", () => {
    for (const policy of described.kind("NetworkPolicy")) {
      const selector = at(policy, "spec.podSelector.matchLabels") as Record<string, string>;
      assert.equal(selector["app.kubernetes.io/instance"], "slipway-dev", policy.metadata.name);
    }
    for (const service of described.kind("Service")) {
      const instance = (at(service, "spec.selector") as Record<string, string>)[
        Object.keys(OWN)[0] ?? ""
      ];
      assert.equal(instance, "slipway-dev", service.metadata.name);
    }
    for (const { owner, labels } of podsOf(described.objects)) {
      assert.equal(labels["app.kubernetes.io/instance"], "slipway-dev", owner);
    }
  });

  it("labels the Jobs that a schedule starts, so that sleep finds them", () => {
    const cron = described.object("CronJob", "iris-model-training");
    const labels = at(cron, "spec.jobTemplate.metadata.labels") as Record<string, string>;
    assert.equal(labels["app.kubernetes.io/instance"], "slipway-dev");
  });

  it("labels the pods that CloudNativePG makes, so that its policies find them", async () => {
    const operated = await stack("dev", { ...HERE, database: { kind: "cloudnative-pg" } });
    const cluster = operated.object("Cluster", "postgres");
    assert.deepEqual(at(cluster, "spec.inheritedMetadata.labels"), OWN);
  });

  it("gives addresses and commands that lead there", () => {
    assert.equal(described.outputs["namespace"], "team-a");
    const { commands } = described.outputs as { commands: Record<string, unknown> };
    assert.match(String(commands["openUi"]), /^kubectl -n team-a port-forward service\/ui /);
    assert.match(String(commands["mlflowPassword"]), /^kubectl -n team-a get secret mlflow-admin /);
    const mlflow = environment(described.object("Deployment", "mlflow"));
    const hosts = mlflow["MLFLOW_SERVER_ALLOWED_HOSTS"]?.split(",") ?? [];
    assert.ok(hosts.includes("mlflow.team-a:5000"), hosts.join());
    const api = environment(described.object("Deployment", "iris-model-api"));
    assert.equal(api["MLFLOW_TRACKING_URI"], "http://mlflow.team-a:5000");
    const all = JSON.stringify([described.objects, described.outputs]);
    assert.deepEqual(all.match(/.{20}(\.|-n |namespace.{3})slipway-dev.{20}/g), null);
  });

  it("is rendered so, too", async () => {
    const { quota, ...config } = rawStack("dev");
    assert.ok(quota);
    const { manifests, secrets } = await renderStack("dev", { ...config, namespace: "team-a" });
    const places = [...manifests.map(({ metadata }) => metadata), ...secrets.templates];
    assert.deepEqual([...new Set(places.map(({ namespace }) => namespace))], ["team-a"]);
    assert.ok(!manifests.some(({ kind }) => kind === "Namespace"));
  });

  it("is synced by an Argo CD that need not make the namespace", async () => {
    const argocd = { repository: REPOSITORY, install: false };
    const synced = await stack("dev", { ...HERE, delivery: "argocd", argocd });
    const application = synced.object("Application", "slipway-dev");
    assert.equal(at(application, "spec.destination.namespace"), "team-a");
    assert.doesNotMatch(JSON.stringify(application), /CreateNamespace/);
    const own = synced.objects.filter(({ metadata }) => metadata.namespace !== "team-a");
    assert.deepEqual(own.map(({ kind }) => kind).sort(), ["AppProject", "Application"]);
  });
});

describe("the stack file for OpenShift's Developer Sandbox in docs/ci.md", () => {
  const page = readFileSync(join(import.meta.dirname, "..", "docs/ci.md"), "utf8");
  const text = /<!-- developer sandbox[^]*?```yaml\n([^]*?)```/.exec(page)?.[1] ?? "";
  const { config } = parse(text) as { config: Record<string, unknown> };
  const settings = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("slipway:", ""), value]),
  );

  it("is sound once the registry's password is set", () => {
    const { registry } = settings as { registry: object };
    const whole = { ...settings, registry: { ...registry, password: "p" } };
    assert.deepEqual(validateConfig(whole, "try").problems, []);
  });

  it("fits into the quota that the page names, at its very most", async () => {
    const registry = { host: "quay.io", prefix: "ada/slipway" };
    const described = new Described(await evaluate("try", { ...settings, registry }));
    const most = totals(described);
    const [, cpu = "", memory = "", storage = "", claims = ""] =
      /allowed (\S+) CPU, (\d+) GiB of\s+memory, (\d+) GiB in (\d+) volumes/.exec(page) ?? [];
    assert.ok(most.cpu <= parseQuantity(cpu), `${most.cpu} CPU`);
    assert.ok(most.limits <= parseQuantity(`${memory}Gi`), `${most.limits} bytes`);
    assert.ok(most.storage <= parseQuantity(`${storage}Gi`), `${most.storage} bytes`);
    assert.ok(described.kind("PersistentVolumeClaim").length <= Number(claims));
  });
});
