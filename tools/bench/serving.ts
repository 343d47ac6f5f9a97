import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { installed } from "../lib/installed.ts";
import { Children } from "../lib/children.ts";
import { Failure } from "../lib/failure.ts";
import { takePort } from "../lib/ports.ts";
import type { Progress } from "../lib/progress.ts";
import type { Python } from "../lib/python.ts";
import { must } from "./must.ts";
import { median, ratios, type Results, type ServingMetrics } from "./results.ts";
import { contenders, type Contender } from "./servers.ts";

const CONNECTIONS = [16, 64];
/** The servers take turns; the first turn of each warms it up and does not count. */
const ROUNDS = 5;
const SECONDS = 2;

interface Started extends Contender {
  pid: number;
}

interface Turn {
  cpuMicroseconds: number;
  requestsPerSecond: number;
}

/**
 * Loads Slipway's server and its peer in turn, both on the first core, from the second.
 * @throws Failure on a machine without Linux's /proc, taskset and a second core.
 */
export async function benchServing(
  root: string,
  python: Python,
  progress: Progress,
): Promise<Results["serving"]> {
  if (installed("taskset") === undefined || availableParallelism() < 2) {
    throw new Failure("the serving benchmark needs Linux with taskset (util-linux) and two cores");
  }
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-bench-"));
  const children = new Children(path.join(root, ".slipway", "bench"));
  try {
    await must(["npm", "run", "--silent", "build", "-w", "serving"]);
    const yaml = path.join(root, "training", "models", "diabetes.yaml");
    const build = ["-m", "training", "build", yaml, "--out", folder];
    await must([python.interpreter, ...build], python.env);
    const model = parse(readFileSync(yaml, "utf8")) as { example: unknown };
    const taken = {
      ours: await takePort(18_400),
      keeping: await takePort(18_500),
      echo: await takePort(18_600),
    };
    const servers = contenders(root, folder, model.example, taken).map((server) => ({
      ...server,
      pid: children.start(server.command).pid,
    }));
    await Promise.all(servers.map(answering));

    const metrics: ServingMetrics[] = [];
    for (const connections of CONNECTIONS) {
      metrics.push(...(await compare(servers, connections)));
      progress.say(`serving: ${connections} connections`);
    }
    const body = JSON.stringify(model.example);
    return { rounds: ROUNDS, seconds: SECONDS, body, metrics };
  } finally {
    await children.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(servers: Started[], connections: number): Promise<ServingMetrics[]> {
  const turns = new Map<Started, Turn[]>(servers.map((server) => [server, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const server of servers) {
      const turn = await load(server, connections);
      if (round > 0) turns.get(server)?.push(turn);
    }
  }
  const of = (server: Started | undefined, key: keyof Turn): number[] =>
    (server && turns.get(server))?.map((turn) => turn[key]) ?? [];
  const floor = servers.at(-1);
  return servers.map((server) => ({
    server: server.command.name,
    connections,
    cpuMicroseconds: median(of(server, "cpuMicroseconds")),
    requestsPerSecond: median(of(server, "requestsPerSecond")),
    cpuRatio: median(ratios(of(server, "cpuMicroseconds"), of(floor, "cpuMicroseconds"))),
    throughputRatio: median(
      ratios(of(server, "requestsPerSecond"), of(floor, "requestsPerSecond")),
    ),
    rssMib: residentMib(server.pid),
  }));
}

async function load({ url, body, pid, command }: Started, connections: number): Promise<Turn> {
  const before = cpuMicroseconds(pid);
  const stdout = await must([
    ...(["taskset", "-c", "1"] as const),
    ...["npx", "--no-install", "autocannon", "--json", "-c", String(connections)],
    ...["-d", String(SECONDS), "-m", "POST", "-H", "content-type=application/json", "-b", body],
    url,
  ]);
  const answer = JSON.parse(stdout) as Record<"2xx" | "non2xx" | "errors" | "duration", number>;
  if (answer["2xx"] === 0 || answer.non2xx > 0 || answer.errors > 0) {
    throw new Failure(
      `${command.name}: ${answer["2xx"]} good answers, ${answer.non2xx} bad, ${answer.errors} errors`,
    );
  }
  return {
    cpuMicroseconds: (cpuMicroseconds(pid) - before) / answer["2xx"],
    requestsPerSecond: answer["2xx"] / answer.duration,
  };
}

/** Processor time of a process so far, all threads; the kernel counts hundredths of a second. */
function cpuMicroseconds(pid: number): number {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function residentMib(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

async function answering({ url, body, command }: Started): Promise<void> {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body };
  const deadline = performance.now() + 90_000;
  while (performance.now() < deadline) {
    const answer = await fetch(url, request).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Failure(`${command.name} does not answer ${url}; see .slipway/bench`);
}
