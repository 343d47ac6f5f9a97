import assert from "node:assert/strict";
import { blockOf, cidrProblem, numberOf } from "../../components/lib/cidr.ts";
import { addressProblem, destinationProblem, peersOf } from "../../components/lib/destinations.ts";
import { type End, type Policy, mayConnect } from "../../tools/docs/network/reachability.ts";

const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const block = (cidr: string) => ({ ipBlock: { cidr } });

describe("a block of addresses", () => {
  it("has a first and a last address", () => {
    assert.deepEqual(blockOf("10.20.0.0/16"), { bits: 32, first: 0x0a140000n, last: 0x0a14ffffn });
    assert.deepEqual(blockOf("0.0.0.0/0"), { bits: 32, first: 0n, last: (1n << 32n) - 1n });
    const documentation = 0x20010db8n << 96n;
    assert.deepEqual(blockOf("2001:db8::/32"), {
      bits: 128,
      first: documentation,
      last: documentation + (1n << 96n) - 1n,
    });
  });

  it("may be written in each form of IPv6", () => {
    for (const text of ["1:2:3:4:5:6:7:8", "0001:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8"])
      assert.equal(numberOf(text)?.number, 0x00010002000300040005000600070008n, text);
    assert.equal(numberOf("::")?.number, 0n);
    assert.equal(numberOf("::1")?.number, 1n);
    assert.equal(numberOf("1::")?.number, 1n << 112n);
    assert.equal(numberOf("::ffff:1.2.3.4")?.number, 0xffff01020304n);
  });

  const none = [
    ...["", "10.0.0.5", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/016", "10.0.0.0/8/8", "10.0.0/8"],
    ...["010.0.0.0/8", "256.0.0.0/8", "::/129", "fe80::%eth0/64", "example.com/8", "10.0.0.0/8 "],
  ];
  for (const text of none) {
    it(`is not '${text}'`, () => {
      assert.match(cidrProblem(text) ?? "", /^is no block of addresses, such as 10\.20\.0\.0\/16/);
    });
  }

  it("begins with its first address", () => {
    assert.match(
      cidrProblem("10.20.0.5/16") ?? "",
      /write 10\.20\.0\.5\/32 for it alone, or zeros after the first 16 bits/,
    );
    assert.match(cidrProblem("fd00::1/64") ?? "", /write fd00::1\/128 for it alone/);
    assert.match(cidrProblem("::ffff:10.0.0.0/104") ?? "", /write it as IPv4/);
  });
});

describe("where a host is, for a policy", () => {
  const cases: [host: string, addresses: string[] | undefined, peers: object[] | undefined][] = [
    ["10.0.0.5", undefined, [block("10.0.0.5/32")]],
    ["fd00::5", undefined, [block("fd00::5/128")]],
    ["db", undefined, [{ podSelector: { matchLabels: {} } }]],
    ["db.team-a", undefined, [namespace("team-a")]],
    ["db.data2", undefined, [namespace("data2")]],
    ["db.data.svc", undefined, [namespace("data")]],
    ["db.db.svc", undefined, [namespace("db")]],
    ["db-0.db.data.svc", undefined, [namespace("data")]],
    ["db.data.svc.cluster.local", undefined, [namespace("data")]],
    ["db.data", undefined, undefined],
    ["db.xn--p1ai", undefined, undefined],
    ["data.svc", undefined, undefined],
    ["db.example.com", undefined, undefined],
    ["db.svc.example.com", undefined, undefined],
    ["db.example.com", ["10.20.0.0/16", "fd00::/64"], [block("10.20.0.0/16"), block("fd00::/64")]],
    ["db.data.svc", ["10.20.0.0/16"], [block("10.20.0.0/16")]],
  ];
  for (const [host, addresses, peers] of cases) {
    it(`${peers ? "is known" : "is not known"} of ${host}${addresses ? " with addresses" : ""}`, () => {
      assert.deepEqual(peersOf(host, addresses), peers);
      assert.equal(destinationProblem(host, addresses) === undefined, peers !== undefined);
    });
  }

  it("is asked for with both remedies where a name may be a Service or a domain", () => {
    const both = /such as \[10\.20\.0\.0\/16\], or db\.data\.svc as the host of a Service/;
    assert.match(destinationProblem("db.data", undefined) ?? "", both);
    assert.doesNotMatch(destinationProblem("db.example.com", undefined) ?? "", /Service/);
  });

  it("is not every address there is", () => {
    for (const all of ["0.0.0.0/0", "::/0"])
      assert.match(addressProblem(all) ?? "", /^is every address, .*: write public, or the blocks/);
  });

  it("names each entry that is wrong", () => {
    const found = destinationProblem("db.example.com", ["public", "10.0.0.5", "x"]) ?? "";
    assert.match(found, /^\(10\.0\.0\.5\) is no block of .*; \(x\) is no block of /);
  });
});

describe("the addresses of the internet", () => {
  const client: End = {
    address: "10.244.0.1",
    pod: { namespace: { name: "a", labels: {} }, labels: {} },
  };
  const policy = {
    metadata: { namespace: "a" },
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: peersOf(undefined, ["public"]) }],
    },
  } as Policy;
  const open = (address: string) =>
    mayConnect([policy], client, { address }, { protocol: "TCP", number: 443 }, true);

  it("are those of servers", () => {
    for (const address of ["1.1.1.1", "9.255.255.255", "11.0.0.0", "172.32.0.1", "2606:4700::1111"])
      assert.ok(open(address), address);
  });

  const others = [
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200"],
    ...["127.0.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.192", "0.0.0.0", "224.0.0.1"],
    ...["255.255.255.255", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1"],
    ...["2001:db8::1", "2002:a00:1::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"],
  ];
  for (const address of others) {
    it(`are not ${address}`, () => {
      assert.equal(open(address), false);
    });
  }
});
