import { format } from "prettier";
import type { Machine, ProgramMetrics, Results, ServingMetrics, Took } from "./results.ts";

/** The page docs/benchmarks.md, formatted as prettier wants it. */
export function benchmarksPage({
  machine,
  program,
  serving,
  sandbox,
  training,
}: Results): Promise<string> {
  const sizes = [program.dev, ...program.grown];
  const text = `# Benchmarks

<!-- Written by \`npm run bench\` from docs/benchmarks.json: run it again rather than editing. -->

Read the ratios: both sides of each were measured in turn on the same machine in the same minutes. Absolute metrics are
context. They come from ${machine.cpu}, ${machine.cores} cores, ${round(machine.memoryGib)} GiB, Node.js ${machine.node}, on ${machine.date}, commit
\`${machine.commit}\`. Load average when it began: ${round(machine.load)}${busy(machine)}.

## Evaluation of the program

What \`pulumi preview\` and \`npm run render\` do before anything is asked of a cluster: the dev stack as it stands, then
with as many models as the row says; each in a fresh process, start of Node.js included, median of ${program.runs}.

${table(
  ["models", "resources", "seconds", "CPU seconds", "MiB"],
  sizes.map((metrics, index) => [
    index === 0 ? `${metrics.models} (dev)` : String(metrics.models),
    String(metrics.resources),
    round(metrics.seconds),
    round(metrics.cpuSeconds),
    whole(metrics.mib),
  ]),
)}

${growth(program.grown)}

## Serving

One row of the diabetes model, JSON over keep-alive connections, each server one process held to one core, the load from
another: median of ${serving.rounds} rounds of ${serving.seconds} s in turn, after one that does not count. Ratios are against the bare
Fastify server in the same round, which parses the same body and sends it back: what the framework alone costs.
Where a ratio disagrees with the medians beside it, the rounds differed too much: trust neither, and measure again on a
quiet machine.

${table(
  ["connections", "server", "CPU/request", "requests/s", "µs CPU/request", "requests/s", "MiB"],
  serving.metrics.map(servingRow),
)}

The body: \`${serving.body}\`
${training === undefined ? "" : trainingSection(training)}
${sandbox === undefined ? "" : sandboxSection(sandbox)}`;
  return format(text, { parser: "markdown" });
}

function trainingSection({
  machine,
  rounds,
  ours,
  plain,
  ratio,
}: NonNullable<Results["training"]>): string {
  const row = (what: string, key: keyof Took, aim: string): string[] => {
    return [what, whole(ours[key]), whole(plain[key]), `${round(ratio[key])} ×`, aim];
  };
  return `
## Training

200,000 rows, 40 numbers and 10 categories, by histogram gradient boosting, as \`npm run bench -- training\` saw it on
${machine.date} (${machine.cores} cores, load average ${round(machine.load)} when it began${busy(machine)}): median of ${rounds} rounds in turn. The plain script is what people
write with scikit-learn ([plain.py](../tools/bench/training/plain.py)): read, split, fit, score. Ours also checks each row, infers and explains types, proves the ONNX form on
all test rows and 500 more, draws intervals, and writes the package.

${table(
  ["what", "slipway", "plain script", "ratio", "aim"],
  [
    row("seconds", "seconds", "1.3 ×"),
    row("seconds of CPU", "cpuSeconds", ""),
    row("MiB at most", "mib", "1.5 ×"),
  ],
)}

By profile, what is above the aim is fixed cost: 3.5 s load MLflow and the ONNX converter and runtime, 0.8 s write the package by
MLflow; the fit itself takes as long as in the plain script.
`;
}

function sandboxSection({ machine, ...metrics }: NonNullable<Results["sandbox"]>): string {
  const first =
    metrics.firstSeconds === undefined
      ? []
      : [
          [
            "first run, all caches empty, to the first prediction",
            whole(metrics.firstSeconds),
            "1200",
          ],
        ];
  const row = (what: string, value: string, aim: string): string[] => [what, value, aim];
  return `
## Sandbox

A real Kubernetes from source with the whole platform and three models, as \`npm run bench -- sandbox\` saw it on
${machine.date} (${machine.cores} cores, load average ${round(machine.load)} when it began${busy(machine)}): median of ${metrics.rounds} rounds.

${table(
  ["what", "seconds", "aim"],
  [
    ...first,
    row("`recreate`, warm caches, to the first prediction", whole(metrics.recreateSeconds), "90"),
    row("`destroy`", round(metrics.destroySeconds), "20"),
  ],
)}

At rest the platform's pods, without the control plane, hold ${whole(metrics.idleMib)} MiB (aim: 1536) and use ${whole(metrics.idleMillicores)} millicores;
they request ${round(metrics.requests.cpu)} CPU (aim: 2) and ${whole(metrics.requests.mib)} MiB (aim: 4096).
`;
}

function servingRow(metrics: ServingMetrics): string[] {
  return [
    String(metrics.connections),
    metrics.server,
    `${round(metrics.cpuRatio)} ×`,
    `${round(metrics.throughputRatio)} ×`,
    whole(metrics.cpuMicroseconds),
    whole(metrics.requestsPerSecond),
    whole(metrics.rssMib),
  ];
}

/** Linear growth means that every further model costs the same. */
function growth(grown: ProgramMetrics[]): string {
  const steps = grown.slice(1).map((to, index) => {
    const from = grown[index] ?? to;
    const models = to.models - from.models;
    const milliseconds = ((to.cpuSeconds - from.cpuSeconds) / models) * 1000;
    const mib = (to.mib - from.mib) / models;
    return `from ${from.models} to ${to.models}: ${whole(milliseconds)} ms of CPU and ${round(mib)} MiB`;
  });
  const first = grown[0];
  const last = grown.at(-1);
  if (first === undefined || last === undefined) return "";
  return (
    `${last.models / first.models} times the models cost ${round(last.cpuSeconds / first.cpuSeconds)} times the CPU time and ` +
    `${round(last.mib / first.mib)} times the memory. Each further model costs, ${steps.join("; ")}.`
  );
}

function busy({ load, cores }: Machine): string {
  if (load < cores / 2) return "";
  return `. **The machine was busy with other work**, so absolute times are too high and wall-clock time more so than CPU time`;
}

function round(value: number): string {
  return value >= 100 ? whole(value) : String(Number(value.toPrecision(2)));
}

function whole(value: number): string {
  return String(Math.round(value));
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
