import assert from "node:assert/strict";
import { type Server, createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { describeDelivery } from "../../support/delivery-world.ts";
import { text } from "../../support/workflow-files.ts";

interface Issue {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
}

describeDelivery("npm run drift", { deployed: true }, (world) => {
  /** What GitHub would keep. */
  const issues: Issue[] = [{ number: 1, title: "slow", body: "the page is slow", state: "open" }];
  /** Not there where the tests are skipped. */
  let github: Server | undefined;
  let env: NodeJS.ProcessEnv;

  before((done) => {
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const fields = (text === "" ? {} : JSON.parse(text)) as Partial<Issue>;
        const number = Number(/issues\/(\d+)$/.exec(request.url ?? "")?.[1]);
        if (request.method === "POST") {
          const { title = "", body = "" } = fields;
          issues.push({ number: issues.length + 1, title, body, state: "open" });
        }
        const known = issues.find((issue) => issue.number === number);
        if (request.method === "PATCH" && known) Object.assign(known, fields);
        response.end(JSON.stringify(issues.filter(({ state }) => state === "open")));
      });
    });
    github = server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      env = {
        GITHUB_API_URL: `http://127.0.0.1:${port}`,
        GITHUB_REPOSITORY: "my-team/slipway",
        GITHUB_TOKEN: "t",
      };
      done();
    });
  });
  after(() => {
    github?.close();
  });

  const drift = (...more: string[]) =>
    world.npm("drift", ["--stack", "dev", "--context", "bare", ...more], { env });
  /** Variables of somebody who is the account of docs/ci/drift-account.yaml, for `dev`. */
  const asDriftAccount = () => {
    const account = text("docs/ci/drift-account.yaml").replaceAll("slipway-prod", "slipway-dev");
    world.kubectlWith(account, "apply", "-f", "-");
    const config = JSON.parse(readFileSync(world.kubeconfig, "utf8")) as {
      users: { user: Record<string, string> }[];
    };
    for (const { user } of config.users)
      user["as"] = "slipway-dev-drift@PROJECT.iam.gserviceaccount.com";
    const KUBECONFIG = world.scratch("drift-account");
    writeFileSync(KUBECONFIG, JSON.stringify(config));
    return { KUBECONFIG };
  };
  const inDev = (...args: string[]) => world.kubectl("-n", "slipway-dev", ...args);

  it("takes what others own for none, and opens no issue", async () => {
    // As an autoscaler, cert-manager and a mesh do.
    inDev("scale", "deployment/iris-model-api", "--replicas=2");
    inDev("annotate", "ingress/iris-model-api", "acme.cert-manager.io/http01-edit-in-place=true");
    inDev("label", "deployment/ui", "example.com/mesh=true");
    const { code, stdout, stderr } = await drift("--issue");
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^<!-- slipway drift dev -->\n### ✅ .*\n\nNone: all \d+ resources are as `[0-9a-f]{7}`/,
    );
    assert.equal(issues.length, 1);
  });

  it("reports what was changed or deleted by hand in one issue, and updates it in place", async () => {
    inDev("set", "image", "deployment/ui", "ui=example.com/other:1");
    const { code, stderr } = await drift("--issue");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /dev has drifted in 1 resources: `npm run deploy -- --stack dev` brings it back/,
    );
    const [, issue] = issues;
    assert.equal(issue?.title, "dev has drifted");
    assert.match(
      issue.body,
      /update \| Deployment `ui` \| `spec\.template\.spec\.containers\[0\]\.image: example\.com\/other:1 → slipway\.local\/ui:/,
    );
    inDev("delete", "service", "ui");
    await drift("--issue");
    assert.equal(issues.length, 2);
    assert.match(issue.body, /create \| Service `ui`/);
  });

  it("reports the same by an account that may change nothing", async () => {
    const env = asDriftAccount();
    const args = ["--stack", "dev", "--context", "bare"];
    const { code, stdout, stderr } = await world.npm("drift", args, { env });
    assert.equal(code, 1, stderr);
    assert.match(stdout, /update \| Deployment `ui` \| `spec\.template.*example\.com\/other:1/);
    assert.match(stdout, /create \| Service `ui`/);
    const ready = await world.npm("ci:check", ["--stack", "dev", "--for", "preview"], { env });
    assert.equal(ready.code, 0, ready.stderr);
  });

  it("closes the issue once everything is as it should be", async () => {
    world.workspace.run("up", "-s", "dev", "--yes", "--skip-preview", "--refresh");
    const { code, stderr } = await drift("--issue");
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      issues.map(({ state }) => state),
      ["open", "closed"],
    );
  });

  it("leaves a stack alone that sleeps", async () => {
    inDev("annotate", "namespace", "slipway-dev", "slipway/asleep-since=2026-11-25T20:00:00Z");
    const { code, stdout } = await drift();
    assert.equal(code, 0);
    assert.match(stdout, /dev has been asleep since 2026-11-25T20:00:00Z/);
  });
});
