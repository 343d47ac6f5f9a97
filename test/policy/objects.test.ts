import assert from "node:assert/strict";
import { autoscalerOwnsReplicas } from "../../policy/autoscaler-owns-replicas.ts";
import { closedDoors } from "../../policy/closed-doors.ts";
import { protectedData } from "../../policy/protected-data.ts";
import { deployment, type Manifest, violations } from "../support/policy-harness.ts";

const prod = { stack: "prod" };

describe("closed-doors", () => {
  const service = (type: string): Manifest => ({
    apiVersion: "v1",
    kind: "Service",
    spec: { type },
  });
  const ingress = (tls?: object[]): Manifest => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    spec: { rules: [{ host: "ml.example.com" }], tls },
  });
  const route = (tls?: object): Manifest => ({
    apiVersion: "route.openshift.io/v1",
    kind: "Route",
    spec: { tls },
  });
  const gateway = (protocol: string): Manifest => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    spec: { listeners: [{ name: "web", port: 443, protocol }] },
  });

  const httpRoute = (parent: object): Manifest => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    spec: { parentRefs: [parent] },
  });

  const accepted: [string, Manifest][] = [
    ["a ClusterIP Service", service("ClusterIP")],
    ["an Ingress whose host has TLS", ingress([{ hosts: ["ml.example.com"], secretName: "tls" }])],
    ["a Route with edge TLS", route({ termination: "edge" })],
    ["a Gateway that speaks HTTPS", gateway("HTTPS")],
    ["an HTTPRoute of one listener", httpRoute({ name: "public", sectionName: "https" })],
    ["an HTTPRoute of a mesh's Service", httpRoute({ kind: "Service", name: "ui" })],
  ];
  for (const [what, object] of accepted) {
    it(`accepts ${what} in production`, async () => {
      assert.deepEqual(await violations(closedDoors, object, prod), []);
    });
  }

  const refused: [string, Manifest, RegExp][] = [
    ["a NodePort", service("NodePort"), /NodePort/],
    ["a LoadBalancer", service("LoadBalancer"), /LoadBalancer/],
    ["an Ingress without TLS", ingress(), /'ml.example.com' is missing/],
    ["an Ingress whose TLS is for another host", ingress([{ hosts: ["a.b"] }]), /is missing/],
    ["a Route without TLS", route(), /spec.tls.termination/],
    [
      "a Route that also serves plain HTTP",
      route({ termination: "edge", insecureEdgeTerminationPolicy: "Allow" }),
      /plain HTTP/,
    ],
    ["a Gateway that speaks HTTP", gateway("HTTP"), /'web' speaks HTTP/],
    [
      "an HTTPRoute of every listener, plain HTTP too",
      httpRoute({ name: "public" }),
      /every listener of 'public', plain HTTP too; name the HTTPS one in 'sectionName'/,
    ],
  ];
  for (const [what, object, reason] of refused) {
    it(`refuses ${what} in production, and only there`, async () => {
      const found = await violations(closedDoors, object, prod);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", reason);
      assert.deepEqual(await violations(closedDoors, object, { stack: "dev" }), []);
    });
  }
});

describe("autoscaler-owns-replicas", () => {
  const workload = (replicas?: number): Manifest => ({ ...deployment(), spec: { replicas } });
  const autoscaler = (minReplicas: number, maxReplicas: number): Manifest => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "api", namespace: "slipway-dev" },
    spec: { minReplicas, maxReplicas, scaleTargetRef: { kind: "Deployment", name: "api" } },
  });
  const inTurn = async (...objects: Manifest[]): Promise<string[]> => {
    const policy = autoscalerOwnsReplicas();
    const found: string[] = [];
    for (const object of objects) found.push(...(await violations(policy, object)));
    return found;
  };

  it("accepts a workload without a count beside an autoscaler", async () => {
    assert.deepEqual(await inTurn(workload(), autoscaler(2, 10)), []);
  });

  it("accepts a fixed count where no autoscaler is", async () => {
    const elsewhere = {
      ...autoscaler(2, 10),
      metadata: { name: "api", namespace: "slipway-prod" },
    };
    assert.deepEqual(await inTurn(workload(2), elsewhere), []);
  });

  it("refuses a fixed count beside an autoscaler, whichever comes first", async () => {
    const leaveOut = /leave 'spec.replicas' out/;
    for (const order of [
      [workload(2), autoscaler(2, 10)],
      [autoscaler(2, 10), workload(2)],
    ]) {
      const found = await inTurn(...order);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", leaveOut);
    }
  });

  it("lets an autoscaler keep a count, and refuses one with its bounds the wrong way round", async () => {
    assert.deepEqual(await inTurn(autoscaler(3, 3)), []);
    assert.deepEqual(await inTurn(autoscaler(4, 3)), [
      "'minReplicas' (4) exceeds 'maxReplicas' (3)",
    ]);
  });
});

describe("protected-data", () => {
  const claim: Manifest = { apiVersion: "v1", kind: "PersistentVolumeClaim", spec: {} };
  const namespace: Manifest = { apiVersion: "v1", kind: "Namespace" };
  const database: Manifest = { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" };

  for (const object of [claim, namespace, database]) {
    it(`wants a ${object.kind} protected in production, and only there`, async () => {
      assert.deepEqual(await violations(protectedData, object, prod), [
        `set the resource option 'protect: true' on this ${object.kind}`,
      ]);
      assert.deepEqual(await violations(protectedData, object, { ...prod, protect: true }), []);
      assert.deepEqual(await violations(protectedData, object), []);
    });
  }

  it("lets a claim go unprotected that the stack file names", async () => {
    const annotations = { "slipway/data-loss": "allowed" };
    const named = { ...claim, metadata: { annotations } };
    assert.deepEqual(await violations(protectedData, named, prod), []);
  });

  it("refuses claims that a StatefulSet makes by itself, which nothing can protect", async () => {
    const stateful = (volumeClaimTemplates: object[]): Manifest => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      spec: { volumeClaimTemplates },
    });
    const found = await violations(protectedData, stateful([{}]));
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /standalone claim/);
    assert.deepEqual(await violations(protectedData, stateful([]), prod), []);
  });
});
