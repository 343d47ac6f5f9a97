/** Cost of one evaluation of the Pulumi program, in a process of its own. */
export interface ProgramMetrics {
  /** Models in the stack's configuration. */
  models: number;
  /** Resources that the program describes, components not counted. */
  resources: number;
  /** From the start of the process to the end of the evaluation. */
  seconds: number;
  /** The processor time that this took. */
  cpuSeconds: number;
  /** Most memory that the process held. */
  mib: number;
}

/** One server under load from keep-alive connections. */
export interface ServingMetrics {
  server: string;
  connections: number;
  /** Microseconds of the server's processor time for one request. */
  cpuMicroseconds: number;
  requestsPerSecond: number;
  /** Cost of a request as a multiple of the echo server's. */
  cpuRatio: number;
  /** Requests per second as a multiple of the echo server's. */
  throughputRatio: number;
  /** Resident memory after the last round. */
  rssMib: number;
}

/** A sandbox from its making to its end, and the platform in it at rest. */
export interface SandboxMetrics {
  rounds: number;
  /** From nothing but package registries to the first prediction; absent when it was not measured. */
  firstSeconds?: number;
  /** `recreate` with warm caches, to the first prediction. */
  recreateSeconds: number;
  destroySeconds: number;
  /** Working set of the platform's pods, control plane not counted. */
  idleMib: number;
  idleMillicores: number;
  /** What the pods ask the scheduler for. */
  requests: { cpu: number; mib: number };
}

/** What one process took. */
export interface Took {
  seconds: number;
  cpuSeconds: number;
  /** Most memory that it held. */
  mib: number;
}

/** A large table, to a package, beside a plain script of scikit-learn; each the median of its rounds. */
export interface TrainingMetrics {
  rounds: number;
  ours: Took;
  plain: Took;
  /** Ours as a multiple of the plain script's, in the same round. */
  ratio: Took;
}

/** Where and when something was measured; `load` is the load average of the minute before. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGib: number;
  load: number;
  node: string;
  commit: string;
}

/** All that `npm run bench` measured; docs/benchmarks.json holds it. */
export interface Results {
  machine: Machine;
  /** The dev stack as it stands, then the same with ever more models. */
  program: { runs: number; dev: ProgramMetrics; grown: ProgramMetrics[] };
  serving: { rounds: number; seconds: number; body: string; metrics: ServingMetrics[] };
  /** Measured apart, because it needs a cluster: `npm run bench -- sandbox`. */
  sandbox?: SandboxMetrics & { machine: Machine };
  /** Measured apart, because it takes minutes: `npm run bench -- training`. */
  training?: TrainingMetrics & { machine: Machine };
}

/**
 * The middle value, or the mean of the two in the middle.
 * @throws for an empty list.
 */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("no values, so no median");
  return (lower + upper) / 2;
}

/** Ratios of what was measured side by side, pair by pair: a slow minute of the machine hits both. */
export function ratios(values: number[], peers: number[]): number[] {
  return values.flatMap((value, index) => {
    const peer = peers[index];
    return peer === undefined ? [] : [value / peer];
  });
}
