import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeScore } from "../../../tools/validate/kube-score.ts";
import { podSecurity } from "../../../tools/validate/pod-security.ts";
import type { Validator } from "../../../tools/validate/problem.ts";
import { KUBERNETES_VERSIONS, schemas } from "../../../tools/validate/schemas.ts";

const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

function job(container: object, pod: object = {}): object {
  const containers = [
    { name: "train", image: "training:1a2b3c4", securityContext: SAFE, ...container },
  ];
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "training", namespace: "slipway-dev" },
    spec: { template: { spec: { restartPolicy: "Never", securityContext, containers, ...pod } } },
  };
}

/** Messages of a validator about objects, each written to a file of its own (JSON is YAML). */
function messages(validator: Validator, ...objects: object[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "slipway-validate-"));
  try {
    const files = objects.map((object, index) => {
      const file = join(folder, `${index}.yaml`);
      writeFileSync(file, JSON.stringify(object));
      return file;
    });
    return validator.check(files).map(({ message }) => message);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function describeValidator(validator: Validator, tests: () => void): void {
  describe(validator.name, function () {
    this.timeout(900_000);
    const reason = validator.missing();
    if (reason === undefined) tests();
    else it.skip(`cannot run: ${reason}`);
  });
}

describeValidator(schemas, () => {
  it("accept an object that every version knows", () => {
    assert.deepEqual(messages(schemas, job({})), []);
  });

  it("catch a misspelt field, once a version, with its path", () => {
    const found = messages(schemas, job({ imagePullPolice: "Always" }));
    assert.equal(found.length, KUBERNETES_VERSIONS.length);
    assert.match(
      found[0] ?? "",
      /^Kubernetes 1\.33: \$\.spec\.template\.spec\.containers\[0\]: .*'imagePullPolice'/,
    );
  });

  it("catch a value of the wrong type", () => {
    const found = messages(schemas, job({ env: [{ name: "VERBOSE", value: false }] }));
    assert.match(found[0] ?? "", /env\[0\]\.value: False is not of type 'string'/);
  });

  it("catch a kind that Kubernetes does not have, or no longer", () => {
    const old = {
      apiVersion: "policy/v1beta1",
      kind: "PodSecurityPolicy",
      metadata: { name: "a" },
    };
    assert.equal(
      messages(schemas, old)[0],
      "Kubernetes 1.33 has no PodSecurityPolicy in policy/v1beta1",
    );
  });

  it("leave custom resources to their own definitions", () => {
    const route = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      spec: { any: 1 },
    };
    assert.deepEqual(messages(schemas, route), []);
  });
});

describeValidator(podSecurity, () => {
  it("accepts a restricted Job", () => {
    assert.deepEqual(messages(podSecurity, job({})), []);
  });

  it("refuses a container that may gain privileges", () => {
    const found = messages(podSecurity, job({ securityContext: { ...SAFE, privileged: true } }));
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /container "train" must not set securityContext\.privileged=true/);
  });

  it("refuses a CronJob's pod as well", () => {
    const { spec } = job({}, { hostNetwork: true }) as { spec: object };
    const cron = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "nightly" },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec } },
    };
    assert.match(messages(podSecurity, cron)[0] ?? "", /host namespaces \(hostNetwork=true\)/);
  });

  it("reports an object that the API server could not read", () => {
    const found = messages(podSecurity, job({ env: [{ name: "VERBOSE", value: false }] }));
    assert.match(found[0] ?? "", /cannot unmarshal bool/);
  });
});

describeValidator(kubeScore, () => {
  it("catches a Service that no pod answers", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "mlflow", namespace: "slipway-dev" },
      spec: { selector: { app: "nobody" }, ports: [{ port: 5000 }] },
    };
    assert.ok(messages(kubeScore, service).some((text) => text.includes("service-targets-pod")));
  });

  it("catches a container without a memory limit, but does not ask for one on CPU", () => {
    const requests = { cpu: "1", memory: "1Gi" };
    const found = messages(kubeScore, job({ resources: { requests } })).join("\n");
    assert.match(found, /container-resources; train Memory limit is not set/);
    assert.doesNotMatch(found, /CPU limit/);
  });
});
