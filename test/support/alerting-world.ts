import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { toYaml } from "../../components/lib/yaml.ts";
import { runs } from "../../tools/lib/cached-programs.ts";
import { waitFor } from "../../tools/lib/http.ts";
import { type Described, at } from "./evaluation.ts";
import { end, freePort } from "./processes.ts";

const PROGRAMS = ["prometheus", "prometheus-alertmanager", "prometheus-pushgateway"];

/** Why it cannot be played on this machine, with the remedy; undefined where it can. */
export function alertingMissing(): string | undefined {
  const missing = PROGRAMS.filter((program) => !runs(program, "--version"));
  if (missing.length === 0) return undefined;
  return `no ${missing.join(", no ")} (Debian: apt install ${missing.join(" ")})`;
}

/** One alert as a receiver gets it. */
export interface Told {
  status: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A receiver of Alertmanager's JSON. */
export class PlayedReceiver {
  /** What it was told, the newest last. */
  readonly alerts: Told[] = [];
  /** Headers of the last request. */
  authorization: string | undefined;
  /** What it answers. */
  status = 200;
  readonly #server: Server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      this.authorization = request.headers.authorization;
      if (this.status === 200) {
        const body = Buffer.concat(chunks as Buffer[]).toString();
        this.alerts.push(...(JSON.parse(body) as { alerts: Told[] }).alerts);
      }
      response.writeHead(this.status).end();
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/in`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** What of `prometheus.yml` leads elsewhere on this machine. */
interface Configuration {
  global: object;
  scrape_configs: { job_name: string }[];
}

/**
 * Prometheus, Pushgateway and Alertmanager as real processes on loopback, with the files that a program gives them; it
 * scrapes and evaluates every second, so that nobody waits.
 */
export class AlertingWorld {
  prometheus = "";
  pushgateway = "";
  alertmanager = "";
  readonly #folder = mkdtempSync(join(tmpdir(), "slipway-alerting-"));
  readonly #children: ChildProcess[] = [];

  /**
   * @param described what has `monitoring.alerts`.
   * @param targets `host:port` of each scrape job that answers elsewhere than in a cluster.
   * @param hurried makes of the rules what a test can wait for.
   */
  async start(
    described: Described,
    targets: Record<string, string> = {},
    hurried: (rules: string) => string = (rules) => rules,
  ): Promise<void> {
    const files = at(described.object("Secret", "alertmanager"), "stringData");
    const { "prometheus.yml": prometheus = "", "rules.yml": rules = "" } =
      described.files("prometheus");
    const [push, manager, own] = [await freePort(), await freePort(), await freePort()];
    const moved = prometheus
      .replaceAll(/pushgateway\.[\w.-]+:\d+/g, `127.0.0.1:${push}`)
      .replaceAll(/alertmanager\.[\w.-]+:\d+/g, `127.0.0.1:${manager}`);
    const local = toYaml(here(parse(moved) as Configuration, targets));
    const all = {
      ...(files as Record<string, string>),
      "prometheus.yml": local,
      "rules.yml": hurried(rules),
    };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(this.#folder, name), text);

    // Debian's keeps what it was told in one file of the machine, for the next one to tell again.
    this.#run("prometheus-pushgateway", `--web.listen-address=127.0.0.1:${push}`, {
      "--persistence.file": "",
    });
    this.#run("prometheus-alertmanager", `--web.listen-address=127.0.0.1:${manager}`, {
      "--config.file": "alertmanager.yml",
      "--storage.path": "alertmanager",
      "--cluster.listen-address": "",
    });
    this.#run("prometheus", `--web.listen-address=127.0.0.1:${own}`, {
      "--config.file": "prometheus.yml",
      "--storage.tsdb.path": "prometheus",
    });
    this.prometheus = `http://127.0.0.1:${own}`;
    this.pushgateway = `http://127.0.0.1:${push}`;
    this.alertmanager = `http://127.0.0.1:${manager}`;
    const { signal } = new AbortController();
    for (const url of [this.pushgateway, this.alertmanager, this.prometheus])
      await waitFor(`${url}/-/ready`, 60, signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map(end));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(program: string, listen: string, options: Record<string, string> = {}): void {
    const args = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    const child = spawn(program, [listen, ...args], { cwd: this.#folder, stdio: "ignore" });
    this.#children.push(child);
  }
}

/** The same configuration, every second and with its targets on this machine; all else is as in a cluster. */
function here(
  { global, scrape_configs: jobs, ...more }: Configuration,
  targets: Record<string, string>,
) {
  return {
    ...more,
    global: { ...global, scrape_interval: "1s", evaluation_interval: "1s" },
    scrape_configs: jobs.map(({ job_name: job, ...settings }) => {
      const target = targets[job];
      if (target === undefined) return { job_name: job, ...settings };
      const kept = Object.entries(settings).filter(([key]) => !key.endsWith("_configs"));
      const told = { ...Object.fromEntries(kept), static_configs: [{ targets: [target] }] };
      return { job_name: job, ...told };
    }),
  };
}
