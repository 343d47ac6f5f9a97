import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ApiServer,
  NO_SERVER,
  serverPrograms,
  startApiServer,
} from "../support/api-server.ts";
import { type Described, stack } from "../support/evaluation.ts";
import { buildOperator, startOperator } from "../support/external-secrets.ts";
import { longSuite } from "../support/long.ts";
import { end } from "../support/processes.ts";

const programs = serverPrograms();
const NAMESPACE = "slipway-dev";

longSuite(
  `the real External Secrets Operator${programs ? "" : ` (skipped: ${NO_SERVER})`}`,
  function () {
    this.timeout(3_600_000);
    let server: ApiServer;
    const undo: (() => Promise<void>)[] = [];
    let described: Described;
    const kubectl = (args: string[], input?: object) =>
      execFileSync(programs?.kubectl ?? "", ["--kubeconfig", server.kubeconfig, ...args], {
        ...{ encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] },
        ...(input && { input: JSON.stringify(input) }),
      });
    const APPLY = ["apply", "--server-side", "--field-manager=pulumi", "-f", "-"];
    const secret = () => {
      const { data = {} } = JSON.parse(
        kubectl(["-n", NAMESPACE, "get", "secret", "postgres-mlflow", "-o", "json"]),
      ) as { data?: Record<string, string> };
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
      );
    };
    const store = (value: string) => ({
      ...{ apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore" },
      metadata: { name: "team-vault" },
      spec: { provider: { fake: { data: [{ key: "prod/mlflow", value }] } } },
    });
    async function until(so: () => boolean, what: string): Promise<void> {
      for (let tries = 0; !so(); tries += 1) {
        assert(tries < 60, what);
        await pause(500);
      }
    }

    before(async function () {
      if (programs === undefined) return this.skip();
      const definitions = await buildOperator();
      server = await startApiServer(programs);
      undo.push(() => server.stop());
      kubectl(["apply", "--server-side", "-k", definitions]);
      kubectl(["create", "namespace", NAMESPACE]);
      const operator = await startOperator(server.kubeconfig);
      undo.unshift(() => end(operator));
      const password = { store: "team-vault", key: "prod/mlflow", property: "password" };
      const database = { kind: "external", host: "10.20.0.5", password };
      described = await stack("dev", { database });
    });
    after(async () => {
      for (const step of undo) await step();
    });

    it("puts what the store has into the Secret that the program made, beside what is ours", async () => {
      kubectl(APPLY, store(JSON.stringify({ password: "first" })));
      kubectl(APPLY, described.object("Secret", "postgres-mlflow"));
      kubectl(APPLY, described.object("ExternalSecret", "postgres-mlflow"));
      await until(() => "password" in secret(), "the operator has put nothing in");
      assert.deepEqual(secret(), { username: "mlflow", password: "first" });
    });

    it("leaves it there where the program writes its own keys again, and follows the store", async () => {
      kubectl(APPLY, described.object("Secret", "postgres-mlflow"));
      assert.deepEqual(secret(), { username: "mlflow", password: "first" });
      kubectl(APPLY, store(JSON.stringify({ password: "second" })));
      const now = `force-sync=${Date.now()}`;
      kubectl(["-n", NAMESPACE, "annotate", "externalsecret", "postgres-mlflow", now]);
      await until(() => secret()["password"] === "second", "the operator does not follow");
    });

    it("says that it is not ready where the store has no such value, which `up` waits for", async () => {
      kubectl(APPLY, store(JSON.stringify({ other: "x" })));
      const now = `force-sync=${Date.now()}`;
      kubectl([
        "-n",
        NAMESPACE,
        "annotate",
        "--overwrite",
        "externalsecret",
        "postgres-mlflow",
        now,
      ]);
      const ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
      const of = ["-n", NAMESPACE, "get", "externalsecret", "postgres-mlflow", "-o", ready];
      await until(() => kubectl(of) === "False", "it is ready without a value");
    });
  },
);
