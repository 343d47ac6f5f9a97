import { reachedBy } from "./network.ts";

/** A workload, as far as its stage depends on it. */
export interface Staged {
  name: string;
  /** Labels of its pods, which say whom it may reach. */
  podLabels: Readonly<Record<string, string>>;
}

/**
 * The order in which an environment falls asleep, by what its workloads say of themselves: whoever may
 * reach another goes before it, and whom nobody reaches goes first. Waking goes the other way.
 *
 * @param stagedOf what is looked at of each.
 */
export function stagesOf<T>(workloads: readonly T[], stagedOf: (workload: T) => Staged): T[][] {
  const all = workloads.map(stagedOf);
  const stageOf = (name: string, seen: readonly string[]): number => {
    const clients = all.filter(
      (other) => !seen.includes(other.name) && reachedBy(other.podLabels).includes(name),
    );
    const stages = clients.map((client) => stageOf(client.name, [...seen, client.name]) + 1);
    return Math.max(0, ...stages);
  };
  const stages: T[][] = [];
  for (const workload of workloads) {
    const { name } = stagedOf(workload);
    const stage = stageOf(name, [name]);
    while (stages.length <= stage) stages.push([]);
    stages[stage]?.push(workload);
  }
  return stages;
}
