import assert from "node:assert/strict";
import { describeDelivery } from "../../support/delivery-world.ts";
import { PlayedCluster } from "../../support/played-cluster.ts";

const NAMESPACE = ["-n", "slipway-dev"];

describeDelivery("npm run deploy of what is not as it was left", { deployed: true }, (world) => {
  const deploy = async (args: string[], more: NodeJS.ProcessEnv = {}) =>
    world.npm("deploy", ["--stack", "dev", "--yes", ...args], {
      env: { ...(await world.served()), ...more },
    });
  const get = (kinds: string, path: string) =>
    world.kubectl(...NAMESPACE, "get", kinds, "-o", `jsonpath=${path}`);

  it("mends with --refresh what somebody changed by hand", async () => {
    const image = get("deployment/mlflow", "{..image}");
    world.kubectl(...NAMESPACE, "set", "image", "deployment/mlflow", "*=example.com/other:1");
    world.kubectl(...NAMESPACE, "delete", "service", "ui");
    const { code, stdout, stderr } = await deploy(["--refresh"]);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(get("deployment/mlflow", "{..image}"), image);
    assert.equal(get("service/ui", "{.metadata.name}"), "ui");
  });

  it("takes fields back that another program claims", async () => {
    const metadata = { name: "mlflow", namespace: "slipway-dev" };
    const name = get("deployment/mlflow", "{..containers[0].name}");
    const image = get("deployment/mlflow", "{..image}");
    const containers = [{ name, image: "example.com/other:2" }];
    const template = { spec: { containers } };
    const claim = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } };
    const args = ["--server-side", "--force-conflicts", "--field-manager=eve"];
    world.kubectlWith(JSON.stringify(claim), "apply", ...args, "-f", "-");
    const { code, stdout, stderr } = await deploy(["--refresh"]);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(get("deployment/mlflow", "{..image}"), image);
  });

  describe("where it sleeps", () => {
    let cluster: PlayedCluster;
    before(async () => {
      // No pod and no controller runs here: this plays them.
      cluster = new PlayedCluster(world.kubeconfig, world.programs.kubectl, "slipway-dev");
      cluster.start();
      assert.equal((await world.npm("sleep", ["--stack", "dev"])).code, 0);
    });
    after(() => {
      cluster.stop();
    });
    const asleep = () =>
      get("deployments,statefulsets", "{..spec.replicas}")
        .split(" ")
        .every((replicas) => replicas === "0");
    const record = () => JSON.stringify(get("configmap/slipway-history", "{.data}"));

    it("refuses, and says how", async () => {
      const { code, stderr } = await deploy([]);
      assert.equal(code, 1);
      assert.match(stderr, /asleep since \S+: add --wake to wake it, deploy, and put it to sleep/);
      assert.ok(asleep());
    });

    it("wakes it with --wake, deploys, asks for predictions, and puts it to sleep again", async () => {
      const { code, stdout, stderr } = await deploy(["--wake"]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(
        stdout,
        /mlflow: woken[^]*iris-model: \{[^]*dev runs \w{7}[^]*ui: asleep[^]*slipway-dev is asleep again/,
      );
      assert.ok(asleep());
      assert.match(record(), /after a deployment/);
    });

    it("puts it to sleep again after a failure, too", async () => {
      const { code, stdout, stderr } = await deploy(["--wake"], {
        PULUMI_CONFIG_PASSPHRASE: "wrong",
      });
      assert.equal(code, 1);
      assert.match(stderr, /PULUMI_CONFIG_PASSPHRASE is not the one/);
      assert.match(stdout, /mlflow: woken[^]*slipway-dev is asleep again/);
      assert.ok(asleep());
    });
  });
});
