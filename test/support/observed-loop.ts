import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { schema } from "../../components/config/schema.ts";
import { Monitoring } from "../../components/monitoring.ts";
import { ObjectStore } from "../../components/object-store.ts";
import { Postgres } from "../../components/postgres.ts";
import { apiReference } from "../../components/prediction-api.ts";
import { apiName } from "../../components/well-known.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { AlertingWorld } from "./alerting-world.ts";
import { type Described, components, testNamespace } from "./evaluation.ts";
import { comparedBy, expressionsOf, selectorsOf } from "./expressions.ts";
import { PYTHON } from "./mlflow-server.ts";
import { WATCHED } from "./watched-models.ts";

const BACKUPS = { alertAfterHours: 1, drill: { alertAfterHours: 1 } };
/** Hosts of nobody, which are not asked here. */
const ENDPOINT = schema.shape.endpoint.parse({
  ...{ kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } },
  addresses: ["public"],
});
const RECEIVERS = [{ kind: "webhook" as const, url: "http://127.0.0.1:9/nobody" }];

/** Our Prometheus over an `npm start`: it scrapes the loop's APIs, and what the loop's trainings push. */
export class ObservedLoop {
  readonly #world = new AlertingWorld();
  readonly #from = Date.now() / 1000;
  #described: Described | undefined;
  readonly #recorded: Server[] = [];

  /** @param ports of the loop's APIs by model. */
  async start(ports: Record<string, number>): Promise<void> {
    const apis = Object.keys(ports).map(apiName);
    this.#described = await components(() => {
      const namespace = testNamespace();
      new Monitoring("monitoring", {
        namespace,
        database: new Postgres("postgres", { namespace }),
        objectStore: new ObjectStore("object-store", {
          namespace,
          image: "slipway.local/seaweedfs:1",
        }),
        settings: { alerts: { receivers: RECEIVERS } },
        endpoint: { settings: ENDPOINT, urls: ["https://ml.example.com/health"] },
        apis: apis.map((name) => apiReference(name, namespace, 4)),
        backups: BACKUPS,
        live: WATCHED,
      });
      return {};
    });
    const here = (port: number) => `127.0.0.1:${port}`;
    const asked = here(await this.#tellWhatWasRecorded("blackbox-exporter"));
    await this.#world.start(this.#described, {
      ...Object.fromEntries(
        Object.entries(ports).map(([model, port]) => [apiName(model), here(port)]),
      ),
      ...{ endpoint: asked, certificate: asked },
      "postgres-exporter": here(await this.#tellWhatWasRecorded("postgres-exporter")),
      // The dashboard asks for the figures of each kind of store.
      "object-store-seaweedfs": here(await this.#tellWhatWasRecorded("seaweedfs", "minio")),
    });
  }

  /** A loop has no server of ours below MLflow: what exporters of real ones told answers in their place. @returns its port. */
  async #tellWhatWasRecorded(...names: string[]): Promise<number> {
    const files = names.map((name) => join(import.meta.dirname, "metrics", `${name}.txt`));
    const text = files.map((file) => readFileSync(file, "utf8")).join("");
    const server = createServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
    this.#recorded.push(server);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  /** For the loop: where its trainings push to. */
  get env(): Record<string, string> {
    return { PUSH_URL: this.#world.pushgateway };
  }

  /** Has the Jobs of a cluster tell what they do, by their own programs, and a person try the alerts. */
  async tellOfJobs(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "slipway-observed-"));
    mkdirSync(join(folder, "copy"));
    writeFileSync(join(folder, "started"), "");
    const env = { ...process.env, ...this.env, COPY: join(folder, "copy"), MODELS: "" };
    const file = (name: string) => join(ROOT, "components", "files", name);
    execFileSync(PYTHON, [file("backup-report.py")], { env });
    execFileSync(process.execPath, [file("restore-drill.mjs")], { env });
    const paths = ["src", "tests"].map((part) => join(ROOT, "training", part)).join(delimiter);
    const live = join(import.meta.dirname, "live_jobs.py");
    execFileSync(PYTHON, [live], { env: { ...env, PYTHONPATH: paths } });
    rmSync(folder, { recursive: true });
    // What `npm run alert-test` pushes.
    const body = `slipway_alert_test_timestamp_seconds ${Date.now() / 1000}\n`;
    const group = `${this.#world.pushgateway}/metrics/job/alert_test`;
    assert.ok((await fetch(group, { method: "PUT", body })).ok);
  }

  /** Base URL of Prometheus. */
  get prometheus(): string {
    return this.#world.prometheus;
  }

  /** What Prometheus is asked: every expression of dashboards and alerts, and each metric in it by itself. */
  get queries(): string[] {
    const described = this.#described;
    assert.ok(described);
    const { "rules.yml": rules = "" } = described.files("prometheus");
    const { groups } = parse(rules) as { groups: { rules: { expr: string }[] }[] };
    const dashboards = Object.entries(described.files("grafana"))
      .filter(([name]) => name.endsWith(".json"))
      .map(([, text]) => JSON.parse(text) as unknown);
    const whole = [
      ...groups.flatMap((group) => group.rules.flatMap(({ expr }) => comparedBy(expr))),
      ...dashboards.flatMap(expressionsOf),
    ];
    for (const query of whole) assert.ok(selectorsOf(query).length > 0, query);
    const all = [...whole, ...whole.flatMap(selectorsOf)];
    // A loop is minutes old, not hours.
    return [...new Set(all.map((query) => query.replaceAll("[6h:5m]", "[6h:1s]")))];
  }

  /** Those of the queries that have had no number yet; waits half a minute for them. */
  async unanswered(): Promise<string[]> {
    let left = this.queries;
    for (let tries = 0; tries < 30 && left.length > 0; tries++) {
      await sleep(1000);
      const answers = await Promise.all(left.map((query) => this.#hasNumber(query)));
      left = left.filter((_, index) => answers[index] === false);
    }
    return left;
  }

  async stop(): Promise<void> {
    await this.#world.stop();
    for (const server of this.#recorded) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #hasNumber(query: string): Promise<boolean> {
    const asked = new URLSearchParams({
      ...{ query, step: "1", start: String(this.#from), end: String(Date.now() / 1000) },
    });
    const response = await fetch(`${this.#world.prometheus}/api/v1/query_range`, {
      method: "POST",
      body: asked,
    });
    const answer = (await response.json()) as {
      error?: string;
      data?: { result: { values: [number, string][] }[] };
    };
    assert.ok(answer.data, `${query}: ${answer.error ?? ""}`);
    return answer.data.result.some(({ values }) =>
      values.some(([, value]) => Number.isFinite(Number(value))),
    );
  }
}
