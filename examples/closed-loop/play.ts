/** Plays what happens around a model: customers of October, then half the price, callers, labels, and customers of November. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const FOLDER = path.join(import.meta.dirname, "customers");
const USAGE = `usage: node --import tsx examples/closed-loop/play.ts STEP
  october            writes customers/2026-10.csv, from which the model is trained
  callers [URL]      asks the API for customers of November and tells it who left (default http://127.0.0.1:8000)
  november           writes customers/2026-11.csv, as the billing system would at the end of the month`;
const BATCH = 100;

interface Customer {
  months: number;
  monthly_charge: number;
  calls: number;
  region: string;
}

/** The "minimal standard" generator of Park and Miller (1988): the same customers each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/**
 * Customers and whether they left. In October those leave who pay much for the time that they have been there; in November all pay 60 less,
 * and as many leave.
 */
function customers(month: "october" | "november", count: number): (Customer & { left: string })[] {
  const random = generator(month === "october" ? 1 : 2);
  const price = month === "october" ? 60 : 0;
  return Array.from({ length: count }, () => {
    const months = Math.ceil(random() * 72);
    const charge = 20 + price + Math.round(random() * 40);
    const calls = Math.floor(random() * 5);
    const region = ["north", "south", "west"][Math.floor(random() * 3)] ?? "north";
    const patience = 25 + price - 3 * calls;
    const left = charge - 0.6 * months > patience !== random() < 0.03 ? "yes" : "no";
    return { months, monthly_charge: charge, calls, region, left };
  });
}

function write(month: "october" | "november", file: string, count: number): void {
  const rows = customers(month, count).map(({ left, ...customer }) =>
    [...Object.values(customer), left].join(","),
  );
  mkdirSync(FOLDER, { recursive: true });
  const header = "months,monthly_charge,calls,region,churned";
  writeFileSync(path.join(FOLDER, file), `${[header, ...rows].join("\n")}\n`);
  process.stdout.write(`${path.relative(process.cwd(), path.join(FOLDER, file))}: ${count} rows\n`);
}

async function post(url: string, body: unknown, id: string): Promise<unknown> {
  const headers = { "content-type": "application/json", "x-request-id": id };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function callers(base: string): Promise<void> {
  const all = customers("november", 1200);
  let right = 0;
  for (let from = 0; from < all.length; from += BATCH) {
    const batch = all.slice(from, from + BATCH);
    const id = `november-${from / BATCH}`;
    const asked = batch.map(({ months, monthly_charge, calls, region }) => ({
      ...{ months, monthly_charge, calls, region },
    }));
    const answers = (await post(`${base}/predict`, asked, id)) as { churned: string }[];
    right += answers.filter(({ churned }, row) => churned === batch[row]?.left).length;
    const labels = batch.map(({ left }, row) => ({ request_id: id, row, label: left }));
    await post(`${base}/feedback`, labels, `${id}-labels`);
  }
  const share = ((100 * right) / all.length).toFixed(1);
  process.stdout.write(`${all.length} predictions, ${share} % of them right, and as many labels\n`);
}

const [step = "", url = "http://127.0.0.1:8000"] = process.argv.slice(2);
const steps: Record<string, () => void | Promise<void>> = {
  october: () => {
    write("october", "2026-10.csv", 1000);
  },
  november: () => {
    write("november", "2026-11.csv", 1200);
  },
  callers: () => callers(url),
};
const chosen = steps[step];
if (chosen === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else await chosen();
