import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as policy from "@pulumi/policy";
import { boundedResources } from "../../policy/bounded-resources.ts";
import { noPlainSecrets } from "../../policy/no-plain-secrets.ts";
import { pinnedImages } from "../../policy/pinned-images.ts";
import { restrictedPods } from "../../policy/restricted-pods.ts";
import { deployment, type Manifest, violations } from "../support/policy-harness.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("pinned-images", () => {
  for (const image of [
    "postgres:17.6-bookworm",
    "localhost:5000/serving:1a2b3c4",
    `localhost:5000/serving@${DIGEST}`,
    `quay.io/team/serving:latest@${DIGEST}`,
  ]) {
    it(`accepts ${image.replace(DIGEST, "sha256:…")}`, async () => {
      assert.deepEqual(await violations(pinnedImages, deployment({ image })), []);
    });
  }

  for (const [image, reason] of [
    ["nginx", /no tag/],
    ["localhost:5000/serving", /no tag/],
    ["nginx:latest", /is 'latest'/],
    [undefined, /has no 'image'/],
  ] as const) {
    it(`refuses ${String(image)}`, async () => {
      const found = await violations(pinnedImages, deployment({ image }));
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", reason);
    });
  }
});

describe("pinned-images in a preview", () => {
  it("waits for the digest of an image that is yet to be built", async () => {
    // The engine's marker for a value that it does not know yet.
    const image = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { unknownCheckingProxy } = policy as unknown as {
      unknownCheckingProxy: (of: object) => Manifest;
    };
    const preview = unknownCheckingProxy(deployment({ image }));
    assert.deepEqual(await violations(pinnedImages, preview), []);
  });
});

describe("bounded-resources", () => {
  it("accepts requests and a memory limit, without a limit on CPU", async () => {
    assert.deepEqual(await violations(boundedResources, deployment()), []);
  });

  it("names each request and limit that is missing", async () => {
    const resources = { requests: { cpu: "1" } };
    assert.deepEqual(await violations(boundedResources, deployment({ resources })), [
      "container 'api': set 'resources.requests.memory'",
      "container 'api': set 'resources.limits.memory'",
    ]);
  });
});

describe("restricted-pods", () => {
  const containers: [object, RegExp][] = [
    [{ privileged: true }, /privileged/],
    [{ runAsUser: 0 }, /is root/],
    [{ allowPrivilegeEscalation: undefined }, /allowPrivilegeEscalation: false/],
    [{ readOnlyRootFilesystem: false }, /readOnlyRootFilesystem: true/],
    [{ capabilities: { drop: ["NET_RAW"] } }, /drop: \[ALL\]/],
    [{ capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }, /SYS_ADMIN/],
  ];
  for (const [change, reason] of containers) {
    it(`refuses a container with ${inspect(change, { breakLength: Infinity })}`, async () => {
      const securityContext = {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        ...change,
      };
      const found = await violations(restrictedPods, deployment({ securityContext }));
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", reason);
    });
  }

  const seccompProfile = { type: "RuntimeDefault" };
  const pods: [object, RegExp][] = [
    [{ securityContext: { seccompProfile } }, /runAsNonRoot/],
    [{ securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile } }, /is root/],
    [{ securityContext: { runAsNonRoot: true } }, /seccompProfile/],
    [{ automountServiceAccountToken: undefined }, /automountServiceAccountToken/],
    [{ hostNetwork: true }, /hostNetwork/],
    [{ hostPID: true }, /hostPID/],
    [{ hostIPC: true }, /hostIPC/],
    [{ volumes: [{ name: "node", hostPath: { path: "/" } }] }, /volume 'node'/],
  ];
  for (const [change, reason] of pods) {
    it(`refuses a pod with ${inspect(change, { breakLength: Infinity })}`, async () => {
      const found = await violations(restrictedPods, deployment({}, change));
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", reason);
    });
  }
});

describe("no-plain-secrets", () => {
  for (const env of [
    { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
    { name: "DB_PASSWORD_FILE", value: "/run/secrets/db/password" },
    { name: "DB_PASSWORD", value: "" },
    { name: "DB_PASSWORD", value: "$(OTHER)" },
    { name: "DB_URL", value: "postgresql://mlflow:$(DB_PASSWORD)@postgres/mlflow" },
    { name: "MLFLOW_TRACKING_URI", value: "http://mlflow:5000" },
  ]) {
    it(`accepts ${env.name}=${JSON.stringify(env.value ?? "from a Secret")}`, async () => {
      assert.deepEqual(await violations(noPlainSecrets, deployment({ env: [env] })), []);
    });
  }

  for (const env of [
    { name: "DB_PASSWORD", value: "hunter2" },
    { name: "AWS_SECRET_ACCESS_KEY", value: "abc" },
    { name: "apiKey", value: "abc" },
    { name: "DB_URL", value: "postgresql://mlflow:hunter2@postgres/mlflow" },
  ]) {
    it(`refuses ${env.name}=${env.value}, without repeating the secret`, async () => {
      const found = await violations(noPlainSecrets, deployment({ env: [env] }));
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", new RegExp(`'env.${env.name}' holds a secret`));
      assert.ok(!(found[0] ?? "").includes(env.value));
    });
  }

  it("refuses a URL with a password as an argument", async () => {
    const args = ["--backend-store-uri", "postgresql://mlflow:hunter2@postgres/mlflow"];
    const found = await violations(noPlainSecrets, deployment({ args }));
    assert.deepEqual(found, [
      "container 'api': an argument holds a URL with a password; use a mounted file",
    ]);
  });

  it("refuses a URL with a password in a ConfigMap", async () => {
    const map = { apiVersion: "v1", kind: "ConfigMap", data: { url: "s3://key:hunter2@store/b" } };
    assert.deepEqual(await violations(noPlainSecrets, map), [
      "'data.url' holds a URL with a password",
    ]);
  });
});
