import assert from "node:assert/strict";
import { undoRules } from "../../../tools/sandbox/from-source/network.ts";

const OURS = "CNI-0123456789abcdef01234567";
const THEIRS = "CNI-fedcba9876543210fedcba98";
const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:${OURS} - [0:0]
:${THEIRS} - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 10.244.0.2/32 -m comment --comment "name: \\"slipway\\" id: \\"aa\\"" -j ${OURS}
-A POSTROUTING -s 10.88.0.2/32 -m comment --comment "name: \\"podman\\" id: \\"bb\\"" -j ${THEIRS}
-A ${OURS} -d 10.244.0.0/24 -j ACCEPT
-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-X
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
COMMIT
`;

describe("removing the cluster's packet filter rules", () => {
  it("unhooks, empties and deletes our chains and touches nothing else", () => {
    assert.deepEqual(undoRules(SAVED).trimEnd().split("\n"), [
      "*nat",
      `-D POSTROUTING -s 10.244.0.2/32 -m comment --comment "name: \\"slipway\\" id: \\"aa\\"" -j ${OURS}`,
      `-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
      `-F ${OURS}`,
      "-F KUBE-SERVICES",
      `-X ${OURS}`,
      "-X KUBE-SERVICES",
      "COMMIT",
    ]);
  });

  it("asks for nothing where there is nothing of ours", () => {
    assert.equal(undoRules("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n"), "");
  });
});
