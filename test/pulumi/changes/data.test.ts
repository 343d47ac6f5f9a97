import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type ApiServer, startApiServer } from "../../support/api-server.ts";
import { BASE, EditedStack, type Settings } from "../../support/edited-stack.ts";
import { prerequisites } from "../../support/prerequisites.ts";
import { Workspace } from "../../support/workspace.ts";

const { cli, programs, reason } = prerequisites();

/** A class that lets volumes grow, and is the default of the cluster. */
const CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "standard",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "example.com/disk",
  allowVolumeExpansion: true,
};

const GROWN = { "slipway:database": { kind: "bundled", size: "8Gi" } };
const EXTERNAL = { kind: "external", host: "db.example.com", password: "first" };

describe(`data of a stack${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  let server: ApiServer;
  let workspace: Workspace;
  let stack: EditedStack;
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.push(() => server.stop());
    kubectl(["apply", "-f", "-"], JSON.stringify(CLASS));
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    stack = new EditedStack(workspace);
    stack.up(BASE);
    // Nothing binds claims here, and only a bound one may grow.
    const bound = '{"status":{"phase":"Bound","capacity":{"storage":"5Gi"}}}';
    const claim = ["-n", "slipway-team", "patch", "pvc", "postgres-data"];
    kubectl([...claim, "--subresource=status", "--type=merge", "-p", bound]);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  function kubectl(args: string[], input = ""): string {
    const command = ["--kubeconfig", server.kubeconfig, ...args];
    return execFileSync(programs?.kubectl ?? "", command, { encoding: "utf8", input });
  }

  /** Versions of everything that the environment has; the same again means that nothing was touched. */
  function objects(): string {
    const kinds = "statefulsets,deployments,pvc,secrets,configmaps,services,networkpolicies,jobs";
    const version = "{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}";
    return kubectl(["-n", "slipway-team", "get", kinds, "-o", `jsonpath=${version}{end}`]);
  }

  const refused: [string, Settings, RegExp][] = [
    [
      "an external database in the place of the bundled one",
      { "slipway:database": EXTERNAL },
      /- postgres-data \(5Gi: MLflow's runs, .*\) would be deleted\. .*slipway:allowDataLoss: \[postgres-data\]/,
    ],
    [
      "another storage class, also where it is the default's own name, with all else that the edit would lose",
      {
        "slipway:database": { kind: "bundled", storageClass: "standard" },
        "slipway:monitoring": { kind: "off" },
      },
      /- postgres-data .* would be replaced by an empty one \(the default class → standard\).*\n.*- prometheus-data .* would be deleted/,
    ],
    [
      "a smaller volume, whatever is allowed",
      {
        "slipway:objectStore": { kind: "bundled", size: "8Gi" },
        "slipway:allowDataLoss": ["object-store-data"],
      },
      /- object-store-data .* cannot shrink to 8Gi: Kubernetes makes no volume smaller\. Leave the size at 10Gi or more/,
    ],
    [
      "another namespace",
      { "slipway:namespace": "default", "slipway:quota": undefined },
      /- postgres-data .* would be deleted, for an empty one in namespace default/,
    ],
  ];
  for (const [edit, settings, message] of refused) {
    it(`is kept from ${edit}: the program refuses, and touches nothing`, () => {
      const before = objects();
      assert.throws(() => stack.up({ ...BASE, ...settings }), { message });
      assert.equal(objects(), before);
    });
  }

  it("grow in place, and nothing else is touched", () => {
    assert.deepEqual(stack.up({ ...BASE, ...GROWN }), [
      "update PersistentVolumeClaim postgres",
      "update Stash data",
    ]);
  });

  it("that are protected take two deployments to go, and a stack that is destroyed no further key", () => {
    const grown = { ...BASE, ...GROWN, "slipway:protect": true };
    stack.up(grown);
    const named = { ...grown, "slipway:allowDataLoss": ["postgres-data"] };
    const edit = { ...named, "slipway:database": EXTERNAL };
    assert.throws(() => stack.up(edit), {
      message: /is protected\. Deploy once with slipway:allowDataLoss: \[postgres-data\] alone/,
    });
    stack.up(named);
    const touched = stack.up(edit);
    assert.ok(touched.includes("delete PersistentVolumeClaim postgres"), String(touched));
    stack.up({ ...BASE, "slipway:database": EXTERNAL });
    assert.deepEqual(Object.keys(workspace.change("destroy", stack.name).changes), ["delete"]);
  });
});
