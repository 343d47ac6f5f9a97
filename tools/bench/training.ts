import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Progress } from "../lib/progress.ts";
import type { Python } from "../lib/python.ts";
import { must } from "./must.ts";
import { median, ratios, type Took, type TrainingMetrics } from "./results.ts";

const ROUNDS = 3;
const SCRIPTS = path.join(import.meta.dirname, "training");

/** The same estimator for both: what a YAML gets by itself for a table of that size. */
const YAML = `name: large-model
task: classification
data: { source: "csv:table.csv" }
target: y
`;

/**
 * A table of 200,000 rows and 50 columns, from the CSV to a model package (`python -m training build`), and by a plain
 * scikit-learn script as far as that goes: to the metrics.
 */
export async function benchTraining(python: Python, progress: Progress): Promise<TrainingMetrics> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  const [table, yaml] = [path.join(folder, "table.csv"), path.join(folder, "large.yaml")];
  const measured = async (...command: string[]): Promise<Took> => {
    const argv = [python.interpreter, script("measured"), python.interpreter, ...command] as const;
    return JSON.parse(await must(argv, python.env)) as Took;
  };
  try {
    await must([python.interpreter, script("table"), table], python.env);
    await writeFile(yaml, YAML);
    const [ours, plain]: [Took[], Took[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await measured(script("plain"), table));
      const out = path.join(folder, `package-${round}`);
      ours.push(await measured("-m", "training", "build", yaml, "--out", out));
      progress.say(`training: round ${round + 1} of ${ROUNDS}`);
    }
    const middle = (of: Took[]): Took => ({
      seconds: median(of.map(({ seconds }) => seconds)),
      cpuSeconds: median(of.map(({ cpuSeconds }) => cpuSeconds)),
      mib: median(of.map(({ mib }) => mib)),
    });
    const ratio = (key: keyof Took) =>
      median(
        ratios(
          ours.map((took) => took[key]),
          plain.map((took) => took[key]),
        ),
      );
    return {
      rounds: ROUNDS,
      ours: middle(ours),
      plain: middle(plain),
      ratio: { seconds: ratio("seconds"), cpuSeconds: ratio("cpuSeconds"), mib: ratio("mib") },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function script(name: string): string {
  return path.join(SCRIPTS, `${name}.py`);
}
