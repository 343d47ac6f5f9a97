import assert from "node:assert/strict";
import { DataVolume } from "../../components/data-volume.ts";
import { FilesConfigMap } from "../../components/files-config-map.ts";
import { accessAt, accessTo } from "../../components/lib/network.ts";
import { fixedName } from "../../components/lib/options.ts";
import type { PlatformNamespace } from "../../components/platform-namespace.ts";
import { Workload, type WorkloadArgs } from "../../components/workload.ts";
import { type Described, at, components, testImage, testNamespace } from "../support/evaluation.ts";
import { RESOURCES } from "../support/platform.ts";

/** A small server, but for `more`. */
function evaluate(
  more: (namespace: PlatformNamespace) => Partial<WorkloadArgs> = () => ({}),
): Promise<Described> {
  return components(() => {
    const namespace = testNamespace();
    const args: WorkloadArgs = {
      namespace,
      component: "cache",
      image: "docker.io/library/cache:7.2",
      uid: 999,
      port: { number: 6379 },
      server: { name: "cache", resources: RESOURCES },
      ...more(namespace),
    };
    const { url, host, service } = new Workload("cache", args, namespace);
    return { url, host, port: service.port };
  });
}

const ADDRESS = { ipBlock: { cidr: "10.20.0.0/16" } };
const POLICY = "spec.podSelector.matchLabels";
const NAME = { "app.kubernetes.io/name": "cache", "app.kubernetes.io/instance": "slipway-test" };
const kindsOf = (described: Described) =>
  described.objects
    .filter(({ metadata }) => metadata.name === "cache")
    .map(({ kind }) => kind)
    .sort();

describe("Workload", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("is a Deployment with its Service and its policy, and no more", () => {
    assert.deepEqual(kindsOf(described), ["Deployment", "NetworkPolicy", "Service"]);
  });

  it("lies below the component that it belongs to, not below one of its own", () => {
    const { parents, options } = described.resource(":Deployment", "cache");
    assert.equal(parents.at(-1), "slipway:platform:PlatformNamespace");
    assert.equal(options.deleteBeforeReplace, true);
    assert.deepEqual(options.customTimeouts, { create: "5m", update: "5m" });
  });

  it("says its role and version by label", () => {
    const labels = at(described.object("Deployment", "cache"), "metadata.labels");
    assert.deepEqual(labels, {
      ...NAME,
      "app.kubernetes.io/component": "cache",
      "app.kubernetes.io/part-of": "slipway",
      "app.kubernetes.io/managed-by": "slipway",
      "app.kubernetes.io/version": "7.2",
    });
  });

  it("has an address", () => {
    assert.equal(described.outputs["url"], "http://cache.slipway-test:6379");
    assert.equal(described.outputs["host"], "cache");
    assert.equal(described.outputs["port"], 6379);
    assert.deepEqual(at(described.object("Service", "cache"), "spec"), {
      selector: NAME,
      ports: [{ name: "http", port: 6379, targetPort: "http" }],
    });
  });

  it("lets in pods with its access, and reaches nobody", () => {
    const policy = described.object("NetworkPolicy", "cache");
    assert.deepEqual(at(policy, POLICY), NAME);
    assert.deepEqual(at(policy, "spec.ingress"), [
      {
        from: [{ podSelector: { matchLabels: { "slipway/access-cache": "true" } } }],
        ports: [{ protocol: "TCP", port: 6379 }],
      },
    ]);
    assert.deepEqual(at(policy, "spec.egress"), []);
  });

  it("lets nobody in where it has no clients", async () => {
    const alone = await evaluate(() => ({ clients: false }));
    assert.deepEqual(at(alone.object("NetworkPolicy", "cache"), "spec.ingress"), []);
  });

  it("has the labels and opens the egress of whom it reaches", async () => {
    const database = accessTo({ name: "database", port: 5432, selector: { a: "b" } });
    const client = await evaluate(() => ({ reaches: [database, accessAt(443, [ADDRESS])] }));
    const labels = at(client.object("Deployment", "cache"), "spec.template.metadata.labels");
    assert.equal((labels as Record<string, string>)["slipway/access-database"], "true");
    assert.deepEqual(at(client.object("NetworkPolicy", "cache"), "spec.egress"), [
      {
        to: [{ podSelector: { matchLabels: { a: "b" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
      { to: [ADDRESS], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
  });

  it("is a StatefulSet where it holds data", async () => {
    const stateful = await evaluate((namespace) => ({
      volumes: [new DataVolume("cache", { namespace, size: "1Gi" }, namespace).volume],
    }));
    assert.deepEqual(kindsOf(stateful), ["NetworkPolicy", "Service", "StatefulSet"]);
    const spec = at(stateful.object("StatefulSet", "cache"), "spec");
    assert.equal(at(spec, "serviceName"), "cache");
    assert.deepEqual(at(spec, "template.spec.volumes"), [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "data", persistentVolumeClaim: { claimName: "cache-data" } },
    ]);
  });

  it("leaves its replica count to an autoscaler, and loses one at a time", async () => {
    const replicas = { min: 2, max: 4, cpuPercent: 80 };
    const scaled = await evaluate(() => ({ replicas }));
    assert.deepEqual(kindsOf(scaled), [
      "Deployment",
      "HorizontalPodAutoscaler",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Service",
    ]);
    const deployment = scaled.object("Deployment", "cache");
    assert.equal(at(deployment, "spec.replicas"), undefined);
    assert.notEqual(at(deployment, "spec.template.spec.topologySpreadConstraints"), undefined);
    const autoscaler = at(scaled.object("HorizontalPodAutoscaler", "cache"), "spec");
    assert.equal(at(autoscaler, "minReplicas"), 2);
    assert.equal(at(autoscaler, "maxReplicas"), 4);
    assert.equal(at(scaled.object("PodDisruptionBudget", "cache"), "spec.maxUnavailable"), 1);
  });

  it("has new pods when its files change", async () => {
    const checksum = async (content: string) => {
      const found = await evaluate((namespace) => {
        const metadata = namespace.environment.metadata("cache", "cache");
        const files = new FilesConfigMap(metadata, { "a.conf": content }, fixedName(namespace));
        return { reads: [files], volumes: [files.volume("config")] };
      });
      return at(found.object("Deployment", "cache"), "spec.template.metadata.annotations");
    };
    assert.notDeepEqual(await checksum("a"), await checksum("b"));
    assert.deepEqual(await checksum("a"), await checksum("a"));
  });

  it("runs an image of ours by its reference, before and beside the server", async () => {
    const own = await evaluate(() => ({
      image: testImage("cache"),
      port: { name: "cache", number: 1 },
      initContainers: [{ name: "first", resources: RESOURCES }],
      strategy: { type: "Recreate" },
      terminationGracePeriodSeconds: 5,
      tmp: "1Gi",
      timeout: "9m",
    }));
    const deployment = own.object("Deployment", "cache");
    const pod = at(deployment, "spec.template.spec");
    assert.equal(at(pod, "containers.0.image"), "slipway.local/cache:1a2b3c4");
    assert.equal(at(pod, "initContainers.0.image"), "slipway.local/cache:1a2b3c4");
    assert.deepEqual(at(pod, "containers.0.ports"), [{ name: "cache", containerPort: 1 }]);
    assert.equal(at(pod, "terminationGracePeriodSeconds"), 5);
    assert.equal(at(pod, "volumes.0.emptyDir.sizeLimit"), "1Gi");
    assert.equal(at(deployment, "spec.strategy.type"), "Recreate");
    assert.equal(at(own.object("Service", "cache"), "spec.ports.0.targetPort"), "cache");
    const { options } = own.resource(":Deployment", "cache");
    assert.deepEqual(options.customTimeouts, { create: "9m", update: "9m" });
  });
});
