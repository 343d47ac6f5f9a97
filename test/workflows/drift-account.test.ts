import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import {
  type ApiServer,
  NO_SERVER,
  serverPrograms,
  startApiServer,
} from "../support/api-server.ts";
import { stack } from "../support/evaluation.ts";
import { ROOT, text } from "../support/workflow-files.ts";

const FILE = "docs/ci/drift-account.yaml";
const ACCOUNT = "slipway-prod-drift@PROJECT.iam.gserviceaccount.com";

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
const documents = parseAllDocuments(text(FILE)).map(
  (document) => document.toJS() as { kind: string; rules?: Rule[] },
);
const rules = documents.flatMap((document) => document.rules ?? []);

describe("the account of prod's comparison at night", () => {
  it("may try every kind of object that prod has", async () => {
    const sleep = { at: "0 20 * * *", wakeAt: "0 22 * * *", apiServer: ["10.0.0.1/32"] };
    const { objects } = await stack("prod", {
      sleep,
      quota: {},
    });
    assert.ok(objects.some(({ kind }) => kind === "Role"));
    for (const { apiVersion, kind } of objects) {
      const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
      const plural = kind.toLowerCase().replace(/y$/, "ie") + (kind.endsWith("s") ? "es" : "s");
      const may = rules.some(
        ({ apiGroups, resources, verbs }) =>
          apiGroups.includes(group ?? "") && resources.includes(plural) && verbs.includes("patch"),
      );
      assert.ok(may, `${apiVersion} ${plural}`);
    }
  });

  it("has no wildcard, which would let it into pods and make tokens", () => {
    assert.doesNotMatch(JSON.stringify(rules), /"\*"|\w\/\w/);
  });

  const programs = serverPrograms();
  describe(`on a cluster${programs ? "" : ` (skipped: ${NO_SERVER})`}`, function () {
    this.timeout(120_000);
    let server: ApiServer;
    const kubectl = (args: string[], as?: string) =>
      spawnSync(
        programs?.kubectl ?? "",
        ["--kubeconfig", server.kubeconfig, ...(as === undefined ? [] : ["--as", as]), ...args],
        { encoding: "utf8" },
      );
    const asAccount = (...args: string[]) => kubectl(args, ACCOUNT);

    before(async function () {
      if (programs === undefined) {
        this.skip();
        return;
      }
      server = await startApiServer(programs);
      for (const namespace of ["slipway-prod", "slipway-dev"]) {
        kubectl(["create", "namespace", namespace]);
        kubectl(["-n", namespace, "create", "configmap", "one", "--from-literal=a=b"]);
        kubectl(["-n", namespace, "create", "secret", "generic", "key", "--from-literal=a=b"]);
      }
      const all = ["--kubeconfig", server.kubeconfig, "apply", "-f", join(ROOT, FILE)];
      execFileSync(programs.kubectl, all, { stdio: "ignore" });
      // A policy holds a moment after it was made.
      for (let tries = 0; tries < 60; tries++) {
        if (asAccount("-n", "slipway-prod", "create", "configmap", `early-${tries}`).status !== 0)
          break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    });
    after(() => (programs ? server.stop() : undefined));

    const change = ["label", "configmap", "one", "by=drift", "--overwrite"];

    it("reads what the stack has, and tries a change of it", () => {
      assert.equal(asAccount("-n", "slipway-prod", "get", "secret", "key").status, 0);
      const tried = asAccount("-n", "slipway-prod", ...change, "--dry-run=server");
      assert.equal(tried.status, 0, tried.stderr);
      const whole = asAccount("label", "namespace", "slipway-prod", "by=drift", "--dry-run=server");
      assert.equal(whole.status, 0, whole.stderr);
    });

    it("tries a Role with rights that it has not, and gives nobody any", () => {
      const prod = ["-n", "slipway-prod"];
      const role = ["create", "role", "sleeper", "--verb=delete", "--resource=pods"];
      assert.equal(kubectl([...prod, ...role]).status, 0);
      const bind = ["create", "rolebinding", "mine", "--role=sleeper", `--user=${ACCOUNT}`];
      const label = ["label", "role", "sleeper", "by=drift"];
      for (const args of [label, [...role.with(2, "another")], bind]) {
        const tried = asAccount(...prod, ...args, "--dry-run=server");
        assert.equal(tried.status, 0, tried.stderr);
        const { status, stderr } = asAccount(...prod, ...args);
        assert.notEqual(status, 0, args.join(" "));
        assert.match(stderr, /this account compares and changes nothing/);
      }
    });

    it("changes nothing, makes nothing and deletes nothing", () => {
      for (const args of [
        change,
        ["create", "configmap", "two"],
        ["create", "secret", "generic", "two"],
      ]) {
        const { status, stderr } = asAccount("-n", "slipway-prod", ...args);
        assert.notEqual(status, 0, args.join(" "));
        assert.match(stderr, /this account compares and changes nothing/);
      }
      for (const args of [
        ["delete", "configmap", "one"],
        ["create", "token", "default"],
        ["delete", "secret", "key"],
      ])
        assert.match(asAccount("-n", "slipway-prod", ...args).stderr, /forbidden/i, args.join(" "));
      assert.match(asAccount("label", "namespace", "slipway-prod", "by=drift").stderr, /compares/);
    });

    it("sees nothing of another environment", () => {
      for (const args of [
        ["get", "secret", "key"],
        [...change, "--dry-run=server"],
      ])
        assert.match(asAccount("-n", "slipway-dev", ...args).stderr, /forbidden/i);
    });
  });
});
