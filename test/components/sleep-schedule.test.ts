import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE, bundle } from "../../tools/lib/bundle.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { type Described, at, stack } from "../support/evaluation.ts";
import { podsOf } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";

const SLEEP = {
  at: "0 20 * * 1-5",
  wakeAt: "0 7 * * 1-5",
  timeZone: "Europe/Paris",
  apiServer: ["10.0.0.1/32", "10.96.0.1/32"],
};
const NAME = "sleep-schedule";

describe("SleepSchedule", () => {
  let described: Described;
  before(async () => {
    described = await stack("dev", { sleep: SLEEP });
  });

  it("is not there unless a stack has hours of sleep", async () => {
    const { objects } = await stack("dev");
    assert.deepEqual(
      objects.filter(({ metadata }) => metadata.name.includes("sleep")),
      [],
    );
  });

  it("changes Prometheus alone, which watches it, so that an environment gets hours without a restart", async () => {
    const { objects } = await stack("dev");
    const before = new Map(
      objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]),
    );
    const others = described.objects.filter(({ metadata }) => !metadata.name.includes("sleep"));
    const changed = others
      .map((object) => [`${object.kind} ${object.metadata.name}`, object] as const)
      .filter(([name, object]) => JSON.stringify(object) !== JSON.stringify(before.get(name)));
    assert.deepEqual(changed.map(([name]) => name).sort(), [
      "ConfigMap prometheus",
      "NetworkPolicy prometheus",
      "StatefulSet prometheus",
    ]);
    assert.equal(others.length, objects.length);
  });

  it("runs the program that `npm run bundle` makes of the commands' own code", async () => {
    const file = readFileSync(join(ROOT, BUNDLE), "utf8");
    assert.equal(file, await bundle(), "run `npm run bundle`");
    const { data } = described.object("ConfigMap", NAME) as unknown as {
      data: Record<string, string>;
    };
    assert.equal(data["sleep-schedule.mjs"], file);
    assert.deepEqual(JSON.parse(data["settings.json"] ?? ""), {
      ...{ namespace: "slipway-dev", instance: "slipway-dev", shared: false, object: NAME },
      ...{ at: SLEEP.at, wakeAt: SLEEP.wakeAt, timeZone: SLEEP.timeZone },
      ...{ wakeOnRequest: true, awakeMinutes: 60 },
    });
  });

  it("is the one workload with rights on the API, and mounts them for an hour", () => {
    const accounts = podsOf(described.objects).map(({ owner, spec }) => {
      const { serviceAccountName, automountServiceAccountToken } = spec as {
        serviceAccountName?: string;
        automountServiceAccountToken?: boolean;
      };
      return [owner, serviceAccountName, automountServiceAccountToken];
    });
    assert.deepEqual(
      accounts.filter(([, account]) => account !== undefined),
      [[`Deployment/${NAME}`, NAME, false]],
    );
    assert.ok(accounts.every(([, , mounted]) => mounted === false));
    const volumes = at(described.object("Deployment", NAME), "spec.template.spec.volumes") as {
      name: string;
      projected?: { sources: object[] };
    }[];
    assert.deepEqual(volumes.find(({ name }) => name === "account")?.projected?.sources, [
      { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ]);
  });

  it("may reach the API of Kubernetes alone, at the addresses that the stack names", () => {
    assert.deepEqual(at(described.object("NetworkPolicy", NAME), "spec.egress"), [
      {
        to: SLEEP.apiServer.map((cidr) => ({ ipBlock: { cidr } })),
        ports: [443, 6443].map((port) => ({ protocol: "TCP", port })),
      },
    ]);
  });

  it("lets in who may call an API, and whoever comes from outside where people do", async () => {
    const callers = async (endpoint: object) => {
      const found = await stack("dev", { sleep: SLEEP, endpoint });
      const ingress = at(found.object("NetworkPolicy", `${NAME}-callers`), "spec.ingress");
      return (ingress as { from?: unknown }[]).map(({ from }) => from);
    };
    const apis = ["diabetes-model", "iris-model", "titanic-model"].map((model) => [
      { podSelector: { matchLabels: { [`slipway/access-${model}-api`]: "true" } } },
    ]);
    assert.deepEqual(await callers({ kind: "none" }), apis);
    assert.deepEqual(await callers({ kind: "nodePort" }), [...apis, undefined]);
  });

  it("is watched by Prometheus, ours or an operator's", async () => {
    const files = described.files("prometheus");
    assert.match(files["prometheus.yml"] ?? "", /metrics_path: \/environment\/metrics/);
    assert.match(files["rules.yml"] ?? "", /alert: SleepOverdue/);
    assert.doesNotMatch(
      (await stack("dev")).files("prometheus")["rules.yml"] ?? "",
      /SleepOverdue/,
    );
    const operated = await stack("dev", { sleep: SLEEP, monitoring: { kind: "operator" } });
    const monitor = at(operated.object("ServiceMonitor", NAME), "spec.endpoints.0.path");
    assert.equal(monitor, "/environment/metrics");
  });

  it("asks OpenShift for leave to lead Services to itself", async () => {
    const asks = async (platform: string) => {
      const found = await stack("dev", { sleep: SLEEP, platform, endpoint: { kind: "none" } });
      return JSON.stringify(found.object("Role", NAME)).includes("endpointslices/restricted");
    };
    assert.deepEqual([await asks("kubernetes"), await asks("openshift")], [false, true]);
  });

  it("is as sound as every other workload", () => {
    const found = podsOf(described.objects)
      .filter(({ owner }) => owner.includes(NAME))
      .map(weaknesses);
    assert.deepEqual(found, [[]]);
  });
});
