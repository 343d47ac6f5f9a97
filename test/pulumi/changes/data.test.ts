import assert from "node:assert/strict";
import {
  BASE,
  describeStack,
  type EditedStack,
  type Settings,
} from "../../support/edited-stack.ts";
import { long } from "../../support/long.ts";
import { STORAGE_CLASS } from "../../support/storage-class.ts";

const GROWN = { "slipway:database": { kind: "bundled", size: "8Gi" } };
const EXTERNAL = {
  kind: "external",
  host: "db.example.com",
  addresses: ["10.20.0.0/16"],
  password: "first",
};

describeStack(
  "data of a stack",
  (stack) => {
    /** Versions of everything that the environment has; the same again means that nothing was touched. */
    function objects(): string {
      const kinds = "statefulsets,deployments,pvc,secrets,configmaps,services,networkpolicies,jobs";
      const version =
        "{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}";
      return stack.kubectl(["-n", "slipway-team", "get", kinds, "-o", `jsonpath=${version}{end}`]);
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
          "slipway:allowDataLoss": ["object-store-seaweedfs-data"],
        },
        /- object-store-seaweedfs-data .* cannot shrink to 8Gi: Kubernetes makes no volume smaller\. Leave the size at 10Gi or more/,
      ],
      [
        "another major version of Postgres",
        { "slipway:images": { postgres: "docker.io/library/postgres:19.0-bookworm" } },
        /- postgres-data .* are of Postgres 18, which 19 does not read: .*postgres-major-upgrade\.md/,
      ],
      [
        "another namespace",
        { "slipway:namespace": "default", "slipway:quota": undefined },
        /- postgres-data .* would be deleted, for an empty one in namespace default/,
      ],
    ];
    for (const [index, [edit, settings, message]] of refused.entries()) {
      (index % 2 === 0 ? it : long)(
        `is kept from ${edit}: the program refuses, and touches nothing`,
        () => {
          const before = objects();
          assert.throws(() => stack.up({ ...BASE, ...settings }), { message });
          assert.equal(objects(), before);
        },
      );
    }

    it("grow in place, and nothing else is touched but who watches how full they are", () => {
      assert.deepEqual(stack.up({ ...BASE, ...GROWN }), [
        "update ConfigMap prometheus",
        "update PersistentVolumeClaim postgres",
        "update Stash data",
        "update StatefulSet prometheus",
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
      assert.deepEqual(Object.keys(stack.workspace.change("destroy", stack.name).changes), [
        "delete",
      ]);
    });
  },
  begin,
);

/** Nothing binds claims here, and only a bound one may grow. */
function begin(stack: EditedStack): void {
  stack.kubectl(["apply", "-f", "-"], JSON.stringify(STORAGE_CLASS));
  stack.up(BASE);
  const bound = '{"status":{"phase":"Bound","capacity":{"storage":"5Gi"}}}';
  const claim = ["-n", "slipway-team", "patch", "pvc", "postgres-data"];
  stack.kubectl([...claim, "--subresource=status", "--type=merge", "-p", bound]);
}
