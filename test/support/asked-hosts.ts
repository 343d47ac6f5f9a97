import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type RequestListener, type Server, createServer as plain } from "node:http";
import { createServer as secure } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { toYaml } from "../../components/lib/yaml.ts";
import { runs } from "../../tools/lib/cached-programs.ts";
import { waitFor } from "../../tools/lib/http.ts";
import type { Described } from "./evaluation.ts";
import { end, freePort } from "./processes.ts";

const PROGRAMS = ["prometheus", "prometheus-blackbox-exporter"];

/** Why hosts cannot be asked on this machine, with the remedy; undefined where they can. */
export function askingMissing(): string | undefined {
  const missing = PROGRAMS.filter((program) => !runs(program, "--version"));
  if (missing.length === 0) return undefined;
  return `no ${missing.join(", no ")} (Debian: apt install ${missing.join(" ")})`;
}

/** A certificate for `localhost` that signs itself, and its key, both in PEM. */
export function certificateFor(days: number): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), "slipway-certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
  const name = ["-subj", `/CN=${days} days`, "-addext", "subjectAltName=DNS:localhost"];
  const made = ["req", "-x509", ...fresh, "-out", cert, "-days", String(days), ...name];
  execFileSync("openssl", made, { stdio: "ignore" });
  const both = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  rmSync(folder, { recursive: true });
  return both;
}

/** An alert of Prometheus' own API. */
export interface Firing {
  state: string;
  labels: Record<string, string>;
}

/** What Prometheus is told to scrape, as far as it is another on this machine. */
interface Job {
  job_name: string;
  static_configs: { targets: string[] }[];
  relabel_configs: { target_label: string; replacement?: string }[];
}

/** Hosts on loopback, asked by the real exporter for a real Prometheus, each by the files of a program; alerts do not wait. */
export class AskedHosts {
  #prometheus = "";
  readonly #folder = mkdtempSync(join(tmpdir(), "slipway-asked-"));
  readonly #children: ChildProcess[] = [];
  readonly #servers: Server[] = [];

  /** Has a host answer, by TLS where it has a certificate. @returns its name and port. */
  async host(
    answer: RequestListener,
    certificate?: { cert: string; key: string },
  ): Promise<string> {
    const server = certificate ? secure(certificate, answer) : plain(answer);
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `localhost:${(server.address() as AddressInfo).port}`;
  }

  /** @param described what has the exporter, @param hosts what is asked in place of its hosts. */
  async start(described: Described, hosts: readonly string[]): Promise<void> {
    const [exporter, own] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const write = (name: string, text: string) => {
      writeFileSync(join(this.#folder, name), text);
    };
    const { "config.yml": config = "", "ca.crt": ca = "" } = described.files("blackbox-exporter");
    write("config.yml", config.replaceAll("/etc/blackbox_exporter", this.#folder));
    write("ca.crt", ca);
    const { "prometheus.yml": prometheus = "", "rules.yml": rules = "" } =
      described.files("prometheus");
    write("rules.yml", rules.replaceAll("for: 5m", "for: 0s"));
    const { scrape_configs: jobs } = parse(prometheus) as { scrape_configs: Job[] };
    const asking = jobs.filter(({ job_name: job }) => ["endpoint", "certificate"].includes(job));
    const every = { scrape_interval: "1s", evaluation_interval: "1s" };
    const moved = asking.map((job) => moveTo(job, exporter, hosts));
    write(
      "prometheus.yml",
      toYaml({ global: every, rule_files: ["rules.yml"], scrape_configs: moved }),
    );
    this.#run("prometheus-blackbox-exporter", exporter, { "--config.file": "config.yml" });
    this.#run("prometheus", own, {
      ...{ "--config.file": "prometheus.yml", "--storage.tsdb.path": "prometheus" },
    });
    this.#prometheus = `http://${own}`;
    const { signal } = new AbortController();
    await waitFor(`http://${exporter}/-/healthy`, 60, signal);
    await waitFor(`${this.#prometheus}/-/ready`, 60, signal);
  }

  /** Alerts on the endpoint that fire, as `name severity` by host; waits until each host was asked twice. */
  async firing(hosts: readonly string[]): Promise<Record<string, string[]>> {
    for (let tries = 0; ; tries++) {
      const asked = await this.#ask("query", "count_over_time(probe_success[1m]) > 2");
      if ((asked as { result: unknown[] }).result.length === 2 * hosts.length) break;
      if (tries === 60) throw new Error("not every host was asked");
      await sleep(500);
    }
    await sleep(1500);
    const { alerts } = (await this.#ask("alerts")) as { alerts: Firing[] };
    const own = alerts.filter(({ labels }) =>
      ["EndpointDown", "CertificateEnding"].includes(labels["alertname"] ?? ""),
    );
    return Object.fromEntries(
      hosts.map((host) => [
        host,
        own
          .filter(({ labels }) => labels["instance"]?.includes(host))
          .map(({ labels }) => `${labels["alertname"]} ${labels["severity"]}`)
          .sort(),
      ]),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map(end));
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(path: string, query = ""): Promise<unknown> {
    const url = `${this.#prometheus}/api/v1/${path}?query=${encodeURIComponent(query)}`;
    return ((await (await fetch(url)).json()) as { data: unknown }).data;
  }

  #run(program: string, listen: string, options: Record<string, string>): void {
    const args = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    const address = `--web.listen-address=${listen}`;
    this.#children.push(spawn(program, [address, ...args], { cwd: this.#folder, stdio: "ignore" }));
  }
}

/** The same questions to other hosts, by an exporter that is elsewhere. */
function moveTo(
  { relabel_configs: labels, ...job }: Job,
  exporter: string,
  hosts: readonly string[],
) {
  const https = job.job_name === "endpoint" ? hosts.map((host) => `https://${host}/health`) : hosts;
  return {
    ...job,
    static_configs: [{ targets: https }],
    relabel_configs: labels.map((one) =>
      one.replacement ? { ...one, replacement: exporter } : one,
    ),
  };
}
