import assert from "node:assert/strict";
import {
  type End,
  type Policy,
  type Port,
  mayConnect,
} from "../../../tools/docs/network/reachability.ts";

const SPACES = { a: { team: "one" }, b: { team: "two" } };
const pod = (namespace: keyof typeof SPACES, labels: Record<string, string> = {}): End => ({
  address: "10.244.0.7",
  pod: { namespace: { name: namespace, labels: SPACES[namespace] }, labels },
});
const outside = (address: string): End => ({ address });
const tcp = (number: number): Port => ({ protocol: "TCP", number });
const policy = (spec: Partial<Policy["spec"]>, namespace = "a"): Policy => ({
  metadata: { namespace },
  spec: { podSelector: {}, ...spec },
});

/** Whether a connection to port 80 is possible, unless `more` says otherwise. */
function open(
  policies: Policy[],
  from: End,
  to: End,
  { port = tcp(80), blocksMeanPods = true } = {},
): boolean {
  return mayConnect(policies, from, to, port, blocksMeanPods);
}

const CLIENT = pod("a", { app: "client" });
const SERVER = pod("a", { app: "server" });
const SELECTS_SERVER = { podSelector: { matchLabels: { app: "server" } } };
const INTERNET = outside("1.1.1.1");

describe("who may reach whom", () => {
  it("is everyone, where no policy selects a pod", () => {
    assert.ok(open([], CLIENT, SERVER));
    assert.ok(open([], INTERNET, SERVER));
    const others = [policy({ ...SELECTS_SERVER, policyTypes: ["Ingress", "Egress"] })];
    assert.ok(open(others, INTERNET, CLIENT));
    assert.ok(open(others, CLIENT, INTERNET));
  });

  it("is nobody, where a policy has no rule", () => {
    const closed = [policy({ policyTypes: ["Ingress", "Egress"] })];
    assert.equal(open(closed, CLIENT, SERVER), false);
    assert.equal(open(closed, INTERNET, SERVER), false);
    assert.equal(open(closed, SERVER, INTERNET), false);
    assert.ok(open(closed, pod("b"), INTERNET), "another namespace is none of its business");
  });

  it("is closed in the directions that a policy governs, and in no other", () => {
    const inward = [policy({ policyTypes: ["Ingress"] })];
    assert.equal(open(inward, INTERNET, SERVER), false);
    assert.ok(open(inward, SERVER, INTERNET));
    const outward = [policy({ policyTypes: ["Egress"] })];
    assert.ok(open(outward, INTERNET, SERVER));
    assert.equal(open(outward, SERVER, INTERNET), false);
  });

  it("governs egress without being told to where there are rules for it", () => {
    assert.ok(open([policy({})], SERVER, INTERNET));
    assert.equal(open([policy({})], INTERNET, SERVER), false);
    const rules = [policy({ egress: [{ ports: [{ port: 443 }] }] })];
    assert.equal(open(rules, SERVER, INTERNET), false);
    assert.ok(open(rules, SERVER, INTERNET, { port: tcp(443) }));
  });

  it("needs both ends to let a connection through", () => {
    const out = policy({ policyTypes: ["Egress"], egress: [{ to: [SELECTS_SERVER] }] });
    const into = policy({
      ...SELECTS_SERVER,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }],
    });
    const shut = policy({ ...SELECTS_SERVER, policyTypes: ["Ingress"] });
    assert.ok(open([out, into], CLIENT, SERVER));
    assert.equal(open([out, shut], CLIENT, SERVER), false);
    assert.equal(open([out, into], pod("a", { app: "other" }), SERVER), false);
    assert.equal(open([out, into], CLIENT, pod("a", { app: "other" })), false);
  });

  it("is what several policies let through together", () => {
    const one = policy({ ingress: [{ ports: [{ port: 80 }] }] });
    const other = policy({ ingress: [{ ports: [{ port: 443 }] }] });
    for (const [port, expected] of [
      [80, true],
      [443, true],
      [22, false],
    ] as const)
      assert.equal(open([one, other], INTERNET, SERVER, { port: tcp(port) }), expected);
  });

  it("takes a rule without peers for everyone, and without ports for every port", () => {
    for (const rule of [{}, { from: [], ports: [] }]) {
      const all = [policy({ ingress: [rule] })];
      assert.ok(open(all, INTERNET, SERVER, { port: { protocol: "UDP", number: 9 } }));
    }
  });

  it("takes pods of its own namespace where it names none, and of those it selects by their labels", () => {
    const from = (peer: object) => [policy({ ...SELECTS_SERVER, ingress: [{ from: [peer] }] })];
    const app = { matchLabels: { app: "client" } };
    const two = { matchLabels: { team: "two" } };
    const there = pod("b", { app: "client" });
    assert.equal(open(from({ podSelector: app }), there, SERVER), false);
    assert.ok(open(from({ podSelector: app }), CLIENT, SERVER));
    assert.ok(open(from({ namespaceSelector: two }), pod("b"), SERVER));
    assert.equal(open(from({ namespaceSelector: two }), CLIENT, SERVER), false);
    assert.ok(open(from({ namespaceSelector: {} }), CLIENT, SERVER));
    const both = { namespaceSelector: two, podSelector: app };
    assert.ok(open(from(both), there, SERVER));
    assert.equal(open(from(both), pod("b"), SERVER), false);
    assert.equal(open(from({ namespaceSelector: {} }), INTERNET, SERVER), false);
  });

  it("reads each operator of a selector", () => {
    const selected = (expression: object) =>
      !open(
        [policy({ podSelector: { matchExpressions: [expression] } } as Partial<Policy["spec"]>)],
        INTERNET,
        SERVER,
      );
    const key = "app";
    assert.ok(selected({ key, operator: "In", values: ["server", "x"] }));
    assert.equal(selected({ key, operator: "In", values: ["x"] }), false);
    assert.ok(selected({ key, operator: "NotIn", values: ["x"] }));
    assert.equal(selected({ key, operator: "NotIn", values: ["server"] }), false);
    assert.ok(selected({ key: "none", operator: "NotIn", values: ["x"] }));
    assert.ok(selected({ key, operator: "Exists" }));
    assert.equal(selected({ key: "none", operator: "Exists" }), false);
    assert.ok(selected({ key: "none", operator: "DoesNotExist" }));
    assert.equal(selected({ key, operator: "DoesNotExist" }), false);
    assert.throws(() => selected({ key, operator: "Like" }), /Like is no operator/);
  });

  it("takes an address block but for what is excepted, of either family", () => {
    const to = (cidr: string, except: string[] = []) => [
      policy({ policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr, except } }] }] }),
    ];
    const ten = to("10.0.0.0/8", ["10.1.0.0/16"]);
    for (const [address, expected] of [
      ["10.0.0.1", true],
      ["10.0.255.255", true],
      ["10.1.0.0", false],
      ["10.1.255.255", false],
      ["10.2.0.0", true],
      ["11.0.0.0", false],
      ["::1", false],
    ] as const)
      assert.equal(open(ten, CLIENT, outside(address)), expected, address);
    assert.ok(open(to("fd00::/8"), CLIENT, outside("fd12::1")));
    assert.equal(open(to("0.0.0.0/0"), CLIENT, outside("fd12::1")), false);
    assert.throws(() => open(to("ten"), CLIENT, INTERNET), /ten, 1\.1\.1\.1: no address/);
  });

  it("takes a block for the pods in it where the network plugin does", () => {
    const to = [{ ipBlock: { cidr: "10.244.0.0/16" } }];
    const blocks = [policy({ policyTypes: ["Egress"], egress: [{ to }] })];
    assert.ok(open(blocks, CLIENT, SERVER));
    assert.equal(open(blocks, CLIENT, SERVER, { blocksMeanPods: false }), false);
  });

  it("tells protocols and ports apart, also a range and a name", () => {
    const at = (port: object) => [policy({ ingress: [{ ports: [port] }] })];
    const reaches = (ports: Policy[], number: number, protocol: Port["protocol"] = "TCP") =>
      open(ports, INTERNET, SERVER, { port: { number, protocol } });
    assert.ok(reaches(at({ port: 53 }), 53));
    assert.equal(reaches(at({ port: 53 }), 53, "UDP"), false);
    assert.ok(reaches(at({ port: 53, protocol: "UDP" }), 53, "UDP"));
    assert.ok(reaches(at({ protocol: "UDP" }), 7, "UDP"));
    assert.equal(reaches(at({ protocol: "UDP" }), 7), false);
    const range = at({ port: 80, endPort: 90 });
    assert.deepEqual(
      [79, 80, 90, 91].map((number) => reaches(range, number)),
      [false, true, true, false],
    );
    const [namespace, labels] = [{ name: "a", labels: {} }, {}];
    const server = { address: "10.244.0.7", pod: { namespace, labels, ports: { web: 8080 } } };
    const named = (number: number) =>
      open(at({ port: "web" }), INTERNET, server, { port: tcp(number) });
    assert.deepEqual([named(8080), named(80)], [true, false]);
  });
});
