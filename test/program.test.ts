import assert from "node:assert/strict";
import { parseQuantity } from "../components/lib/quantity.ts";
import { plain } from "../tools/lib/program/evaluate.ts";
import { type Described, at, stack } from "./support/evaluation.ts";
import { danglingReferences, podsOf } from "./support/references.ts";
import { totals } from "./support/totals.ts";
import { weaknesses } from "./support/weaknesses.ts";

const BACKED_UP = ["prod", "sandbox"];
const STACKS = ["dev", "staging", "prod", "sandbox", "pr"];

for (const name of STACKS) {
  describe(`the program of stack ${name}`, () => {
    let described: Described;
    before(async () => {
      described = await stack(name);
    });

    it("describes every part of the platform", () => {
      const kinds = [
        "Deployment",
        "StatefulSet",
        "Job",
        "HorizontalPodAutoscaler",
        "PersistentVolumeClaim",
      ];
      const found = kinds.flatMap((kind) =>
        described
          .kind(kind)
          .map(({ metadata }) => `${kind}/${metadata.name.replace(/-[0-9a-f]{8}$/, "")}`),
      );
      const backups = (...names: string[]) => (BACKED_UP.includes(name) ? names : []);
      assert.deepEqual(found.sort(), [
        ...(name === "prod" ? ["Deployment/blackbox-exporter"] : []),
        "Deployment/diabetes-model-api",
        "Deployment/grafana",
        "Deployment/iris-model-api",
        "Deployment/mlflow",
        "Deployment/postgres-exporter",
        "Deployment/pushgateway",
        "Deployment/titanic-model-api",
        "Deployment/ui",
        "HorizontalPodAutoscaler/diabetes-model-api",
        "HorizontalPodAutoscaler/iris-model-api",
        "HorizontalPodAutoscaler/titanic-model-api",
        "HorizontalPodAutoscaler/ui",
        "Job/diabetes-model-training",
        "Job/iris-model-training",
        "Job/titanic-model-training",
        ...backups("PersistentVolumeClaim/backup-data"),
        "PersistentVolumeClaim/object-store-seaweedfs-data",
        "PersistentVolumeClaim/postgres-data",
        "PersistentVolumeClaim/prometheus-data",
        "StatefulSet/object-store-seaweedfs",
        "StatefulSet/postgres",
        "StatefulSet/prometheus",
      ]);
    });

    it("leaves no reference that leads nowhere", () => {
      assert.deepEqual(danglingReferences(described.objects), []);
    });

    it("gives no two resources of a type the same name", () => {
      const names = described.resources.map(({ type, name: logical }) => `${type} ${logical}`);
      assert.deepEqual(
        names.filter((one, index) => names.indexOf(one) !== index),
        [],
      );
    });

    it("gives no two objects of a kind the same name", () => {
      const names = described.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      assert.deepEqual(
        names.filter((one, index) => names.indexOf(one) !== index),
        [],
      );
    });

    it("puts every object into the environment's own namespace", () => {
      const elsewhere = described.objects.filter(({ kind }) => kind !== "Namespace");
      assert.deepEqual(
        [...new Set(elsewhere.map(({ metadata }) => metadata.namespace))],
        [`slipway-${name}`],
      );
    });

    it("labels every object with the recommended labels", () => {
      const required = ["name", "instance", "component", "part-of", "managed-by"];
      for (const { kind, metadata } of described.objects) {
        const missing = required.filter(
          (label) => !metadata.labels?.[`app.kubernetes.io/${label}`],
        );
        assert.deepEqual(missing, [], `${kind}/${metadata.name}`);
      }
    });

    it("keeps every pod to what docs/architecture.md says: no root, no token, no writable root, requests and a memory limit", () => {
      for (const pod of podsOf(described.objects)) assert.deepEqual(weaknesses(pod), [], pod.owner);
    });

    it("probes every container that serves", () => {
      for (const { owner, spec } of podsOf(described.objects)) {
        if (/^(Cron)?Job\//.test(owner)) continue;
        for (const container of spec.containers) {
          const { startupProbe, livenessProbe, readinessProbe } = container;
          assert.ok(startupProbe && livenessProbe && readinessProbe, owner);
        }
      }
    });

    it("closes every pod but for what its own policy allows", () => {
      const policies = described.kind("NetworkPolicy");
      assert.deepEqual(at(described.object("NetworkPolicy", "default-deny"), "spec.policyTypes"), [
        "Ingress",
        "Egress",
      ]);
      for (const { owner, labels } of podsOf(described.objects)) {
        const own = policies.filter((policy) => {
          const selector = (at(policy, "spec.podSelector.matchLabels") ?? {}) as Record<
            string,
            string
          >;
          return (
            "app.kubernetes.io/name" in selector &&
            selector["app.kubernetes.io/name"] === labels["app.kubernetes.io/name"]
          );
        });
        assert.ok(own.length > 0, `${owner} has no policy of its own`);
      }
    });

    it("opens both ends of every connection", () => {
      // A client that may leave must also be let in, and has the label for it.
      for (const policy of described.kind("NetworkPolicy")) {
        for (const rule of (at(policy, "spec.egress") ?? []) as {
          to?: { podSelector?: { matchLabels?: Labels } }[];
        }[]) {
          for (const { podSelector } of rule.to ?? []) {
            const service = podSelector?.matchLabels?.["app.kubernetes.io/name"];
            if (service === undefined) continue;
            const own = (at(policy, "spec.podSelector.matchLabels") ?? {}) as Labels;
            const clients = podsOf(described.objects).filter(({ labels }) => covers(own, labels));
            for (const client of clients)
              assert.equal(client.labels[`slipway/access-${service}`], "true", client.owner);
          }
        }
      }
    });

    it("fits into its quota with every autoscaler at its maximum", () => {
      const hard = at(described.object("ResourceQuota", "quota"), "spec.hard") as Record<
        string,
        string
      >;
      const sum = totals(described);
      assert.ok(sum.cpu <= parseQuantity(hard["requests.cpu"] ?? ""), `CPU ${sum.cpu}`);
      assert.ok(sum.memory <= parseQuantity(hard["requests.memory"] ?? ""), `memory ${sum.memory}`);
      assert.ok(sum.pods <= parseQuantity(hard["pods"] ?? ""), `pods ${sum.pods}`);
      assert.ok(
        sum.storage <= parseQuantity(hard["requests.storage"] ?? ""),
        `storage ${sum.storage}`,
      );
    });

    it("names no image without an exact version", () => {
      for (const { owner, spec } of podsOf(described.objects)) {
        for (const { image } of [...spec.containers, ...(spec.initContainers ?? [])]) {
          assert.match(image, /:[^:/]*\d[^:/]*$|@sha256:[0-9a-f]{64}$/, owner);
          assert.doesNotMatch(image, /:latest$/, owner);
        }
      }
    });

    it("sets no replica count, so that an `up` neither fights an autoscaler nor wakes what sleeps", () => {
      const workloads = [...described.kind("Deployment"), ...described.kind("StatefulSet")];
      assert.ok(workloads.length > 0);
      for (const workload of workloads) {
        assert.equal(at(workload, "spec.replicas"), undefined, workload.metadata.name);
      }
    });

    it("is the same when it is evaluated again", async () => {
      const again = await stack(name);
      assert.deepEqual(sorted(again), sorted(described));
    });

    it("outputs addresses, names of secrets, images and commands", () => {
      const { outputs } = described;
      assert.deepEqual(Object.keys(outputs).sort(), [
        "commands",
        "images",
        "mlflow",
        "modelKeys",
        "models",
        "namespace",
        "pins",
        "secrets",
        "ui",
      ]);
      assert.deepEqual(outputs["secrets"], { mlflow: "mlflow-admin", grafana: "grafana-admin" });
      assert.deepEqual(Object.keys(outputs["images"] as object).sort(), [
        "mlflow",
        "seaweedfs",
        "serving",
        "training",
        "ui",
      ]);
    });
  });
}

type Labels = Record<string, string>;

/** A name that changes with the content: old and new exist side by side for a moment. */

function covers(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Resources in an order that does not depend on the event loop. */

function sorted({ resources }: Described): string[] {
  return resources
    .map(({ type, name, inputs }) => `${type} ${name} ${JSON.stringify(plain(inputs))}`)
    .sort();
}
