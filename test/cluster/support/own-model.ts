import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Registered name of the team's model. */
export const MODEL = "churn-model";
/** Its YAML, relative to the repository. */
export const MODEL_FILE = "training/models/churn.yaml";
/** The accuracy that its gate asks for, as the YAML writes it. */
export const FLOOR = "accuracy: 0.7";

const YAML = `name: ${MODEL}
task: classification
data:
  source: csv:data/customers.csv
target: churned
gate:
  floors: { ${FLOOR} }
`;
const ROWS = 600;

/** Writes a team's own model into its clone: one YAML and the CSV file that it names. */
export async function writeOwnModel(clone: string): Promise<void> {
  const file = join(clone, MODEL_FILE);
  await writeFile(file, YAML);
  const data = join(file, "../data");
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "customers.csv"), customers());
}

/** A CSV of customers of whom those leave who came lately and pay much, and one in ten for no reason; always the same. */
export function customers(): string {
  let state = 1;
  // The "minimal standard" generator of Park and Miller (1988).
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const rows = Array.from({ length: ROWS }, () => {
    const [months, charge] = [Math.ceil(random() * 72), 20 + Math.round(random() * 80)];
    const leaves = charge - months > 20 !== random() < 0.1;
    return `${months},${charge},${leaves ? "yes" : "no"}`;
  });
  return ["months,monthly_charge,churned", ...rows, ""].join("\n");
}
