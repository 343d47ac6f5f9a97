import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Rule } from "../../../components/lib/alert-rules.ts";
import { PORTS } from "../../../components/well-known.ts";
import { NAMESPACE } from "../../../tools/lib/stack/sandbox.ts";
import { kubectl, rolledOut } from "./sandbox.ts";

/** How a play names an alert: by its volume too, where it has one. */
const nameOf = ({ alertname = "", volume }: Record<string, string>): string =>
  volume === undefined ? alertname : `${alertname} ${volume}`;

/** Asks Prometheus. */
async function ask<T>(path: string): Promise<T> {
  const proxy = `/api/v1/namespaces/${NAMESPACE}/services/prometheus:${PORTS.prometheus}/proxy`;
  const answer = await kubectl("get", "--raw", `${proxy}/api/v1/${path}`);
  return (JSON.parse(answer) as { data: T }).data;
}

/** The alerts that fire. */
export async function firing(): Promise<string[]> {
  const { alerts } = await ask<{ alerts: { state: string; labels: Record<string, string> }[] }>(
    "alerts",
  );
  return alerts.filter(({ state }) => state === "firing").map(({ labels }) => nameOf(labels));
}

/** The newest value of an expression that has one. */
export async function valueOf(expression: string): Promise<number> {
  const query = `query?query=${encodeURIComponent(expression)}`;
  const { result } = await ask<{ result: { value: [number, string] }[] }>(query);
  return Number(result[0]?.value[1]);
}

async function rulesFile(): Promise<string> {
  const path = String.raw`jsonpath={.data.rules\.yml}`;
  return kubectl("get", "configmap/prometheus", "-o", path);
}

/** The alerts that the deployed rules know, each once. */
export async function known(): Promise<string[]> {
  const { groups } = parse(await rulesFile()) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap(({ rules }) => rules);
  return [...new Set(rules.map(({ alert, labels }) => nameOf({ ...labels, alertname: alert })))];
}

/**
 * Has the deployed rules fire after ten seconds of their cause instead of minutes or days.
 *
 * @param shorter what stands in an expression, and what stands there meanwhile.
 * @returns what puts the rules back.
 */
export async function hurry(shorter: readonly [string, string][]): Promise<() => Promise<void>> {
  const file = await rulesFile();
  let hurried = file.replaceAll(/^( +for: )\S+$/gm, "$110s");
  for (const [long, short] of shorter) {
    assert.ok(hurried.includes(long), `no rule says ${long}`);
    hurried = hurried.replaceAll(long, short);
  }
  await write(hurried);
  return () => write(file);
}

async function write(rules: string): Promise<void> {
  const patch = JSON.stringify({ data: { "rules.yml": rules } });
  await kubectl("patch", "configmap/prometheus", "--type=merge", "-p", patch);
  // A new pod has the new files at once; its volume has what was scraped.
  await kubectl("delete", "pod/prometheus-0");
  await rolledOut("statefulset/prometheus");
}
