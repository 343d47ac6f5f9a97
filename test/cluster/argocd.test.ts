import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { findPulumi } from "../../tools/lib/pulumi-cli.ts";
import { kubectlFor } from "../../tools/lib/kubectl.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { ArgoApplication, type Kubectl, until } from "../support/argo-application.ts";
import { GitopsStack, STACK } from "./support/gitops-stack.ts";
import { PATIENT } from "./support/sandbox.ts";

const NAMESPACE = `slipway-${STACK}`;
const API = "diabetes-model-api";

describe("Argo CD in the cluster (a stack of its own: gitops)", function () {
  this.timeout(900_000);
  let stack: GitopsStack | undefined;
  let application: ArgoApplication;
  let kubectl: Kubectl;
  let secrets: string;

  before(async function () {
    const cluster = await existingCluster();
    const reason =
      cluster?.kind !== "source"
        ? "pods reach a git server of this machine only in a cluster from source"
        : (await findPulumi()) === undefined && "no Pulumi CLI";
    if (cluster === undefined || reason) {
      process.stdout.write(`      skipped: ${String(reason)}\n`);
      this.skip();
      return;
    }
    const run = kubectlFor(cluster);
    kubectl = async (args, input = "") => (await run(args, { input })).stdout;
    application = new ArgoApplication(kubectl, NAMESPACE);
    stack = await GitopsStack.create(cluster);
    await stack.pulumi("up", "--stack", STACK, "--yes", "--skip-preview");
    secrets = await secretVersions();
  });

  after(async () => {
    await stack?.remove();
  });

  const own = (...args: string[]) => kubectl(["-n", NAMESPACE, ...args]);
  const secretVersions = () =>
    own(
      ...["get", "secrets", "-o"],
      "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}",
    );
  const image = () =>
    own("get", `deployment/${API}`, "-o", "jsonpath={.spec.template.spec.containers[0].image}");

  async function predict(): Promise<void> {
    const address = await own("get", `service/${API}`, "-o", "jsonpath={.spec.clusterIP}");
    const response = await fetch(`http://${address}:8000/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify(PATIENT),
      signal: AbortSignal.timeout(5000),
    });
    const answer = (await response.json()) as { model?: { name: string } };
    assert.equal(answer.model?.name, "diabetes-model", JSON.stringify(answer));
  }

  /** Live and well at a commit of the branch. */
  async function served(commit: string): Promise<void> {
    await application.refresh();
    await application.synced(commit, 180);
    await application.until("health", ({ health }) => health?.status === "Healthy", 300);
  }

  function there(): GitopsStack {
    assert(stack);
    return stack;
  }

  it("syncs the first time, and a prediction comes back", async () => {
    await served(await there().deploy());
    await predict();
  });

  it("admits Argo CD's own pods to a namespace for restricted ones", async () => {
    const pods = await kubectl(["-n", "argocd", "get", "pods", "-o", "name"]);
    assert.equal(pods.split("\n").filter(Boolean).length, 3);
    const label = "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}";
    assert.equal(await kubectl(["get", "namespace", "argocd", "-o", label]), "restricted");
  });

  it("undoes a manual edit", async () => {
    const before = await image();
    await own("set", "image", `deployment/${API}`, "api=slipway.local/pause:1");
    await until("self-heal", async () => (await image()) === before);
    await predict();
  });

  it("prunes what left the branch", async () => {
    const extra = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "extra", namespace: NAMESPACE },
      spec: { ports: [{ port: 80 }] },
    };
    await served(
      await there().editBranch("service-extra.yaml", () => JSON.stringify(extra), "more"),
    );
    await own("get", "service/extra");
    await served(await there().deploy());
    await assert.rejects(own("get", "service/extra"), /NotFound/);
  });

  it("leaves the environment asleep, whatever else is synced", async () => {
    const names = [`deployment/${API}`, "deployment/ui"];
    await own("scale", ...names, "--replicas=0");
    const label = (text: string) => text.replace("  labels:\n", "  labels:\n    asleep: sound\n");
    const commit = await there().editBranch("deployment-ui.yaml", label, "a label");
    await application.refresh();
    await application.synced(commit, 180);
    await sleep(5000);
    const counts = await own("get", ...names, "-o", "jsonpath={.items[*].spec.replicas}");
    assert.equal(counts, "0 0");
    await own("scale", ...names, "--replicas=1");
    await served(await there().deploy());
  });

  it("is Degraded after a bad release while the old pods serve, and well after its revert", async () => {
    const failures: string[] = [];
    let [answered, stopped] = [0, false];
    const client = async () => {
      while (!stopped) {
        await predict().then(
          () => (answered += 1),
          (error: unknown) => failures.push(String(error)),
        );
        await sleep(200);
      }
    };
    const load = client();
    try {
      await there().editBranch(
        `deployment-${API}.yaml`,
        (text) =>
          text
            .replace(/image: .*\/serving.*/, "image: slipway.local/serving:0000000")
            .replace("spec:\n", "spec:\n  progressDeadlineSeconds: 20\n"),
        "a release whose image does not exist",
      );
      await application.refresh();
      const reasons = ["-o", "jsonpath={.status.conditions[*].reason}"];
      await until(
        "the progress deadline",
        async () =>
          (await own("get", `deployment/${API}`, ...reasons)).includes("ProgressDeadlineExceeded"),
        { seconds: 120 },
      );
      await application.until("Degraded", ({ health }) => health?.status === "Degraded", 180);
      await there().revert(there().branch);
      await served(await there().pushBranch());
    } finally {
      stopped = true;
      await load;
    }
    assert.deepEqual(failures, []);
    assert.ok(answered > 50, `${answered} predictions`);
  });

  it("tries what the API refuses again, and goes over to the revert", async () => {
    const before = await image();
    await there().editBranch(
      `deployment-${API}.yaml`,
      (text) => text.replace("maxUnavailable: 0", "maxUnavailable: -1"),
      "a Deployment that is none",
    );
    await application.refresh();
    await application.until(
      "a second try",
      ({ operationState }) => (operationState?.retryCount ?? 0) >= 1,
      120,
    );
    assert.equal(await image(), before);
    await there().revert(there().branch);
    await served(await there().pushBranch());
    await predict();
  });

  it("is left alone by the next `pulumi up`, and changed no password", async () => {
    const plan = await there().pulumi("preview", "--stack", STACK, "--json");
    const { changeSummary } = JSON.parse(plan) as { changeSummary: Record<string, number> };
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
    assert.equal(await secretVersions(), secrets);
  });
});
