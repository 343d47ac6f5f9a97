import { useState } from "preact/hooks";
import type { Metric, ModelVersion } from "../../src/model-versions.ts";
import { Card } from "../card.tsx";
import { NOTHING } from "../environment.tsx";
import { t } from "../language.ts";
import { inShort } from "../number.ts";
import { WideTable } from "../wide-table.tsx";
import { Figure, metricNames, readable } from "./version-table.tsx";

interface ComparisonCardProps {
  /** At least two, newest first. */
  versions: readonly ModelVersion[];
}

/** Two versions beside each other: metrics, by how much they differ, and parameters. */
export function ComparisonCard({ versions }: ComparisonCardProps) {
  const [chosen, choose] = useState<readonly [string | null, string | null]>([null, null]);
  const of = (version: string | null) => versions.find((one) => one.version === version);
  const left = of(chosen[0]) ?? versions[0];
  const champion = versions.find(({ aliases }) => aliases.includes("champion"));
  const usual = champion === undefined || champion === left ? versions[1] : champion;
  const right = of(chosen[1]) ?? usual;
  if (left === undefined || right === undefined) return null;
  const titles = [t().oneVersion(left.version), t().oneVersion(right.version)];
  return (
    <Card id="side-by-side" title={t().sideBySide}>
      <div class="sides">
        <Choice
          label={t().oneSide}
          versions={versions}
          chosen={left}
          choose={(version) => {
            choose([version, right.version]);
          }}
        />
        <Choice
          label={t().otherSide}
          versions={versions}
          chosen={right}
          choose={(version) => {
            choose([left.version, version]);
          }}
        />
      </div>
      <WideTable
        label={t().sideBySide}
        titles={[t().metric, ...titles, t().change]}
        rows={metricNames([left, right]).map((name) => ({
          key: name,
          head: readable(name),
          cells: [
            <Figure metric={left.metrics[name]} />,
            <Figure metric={right.metrics[name]} />,
            changeOf(left.metrics[name], right.metrics[name]),
          ],
        }))}
      />
      <Parameters left={left} right={right} titles={titles} />
    </Card>
  );
}

interface ChoiceProps extends ComparisonCardProps {
  label: string;
  chosen: ModelVersion;
  choose: (version: string) => void;
}

function Choice({ label, versions, chosen, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={chosen.version}
        onChange={(event) => {
          choose(event.currentTarget.value);
        }}
      >
        {versions.map(({ version, aliases }) => (
          <option key={version} value={version}>
            {[version, ...aliases].join(", ")}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ParametersProps {
  left: ModelVersion;
  right: ModelVersion;
  titles: readonly string[];
}

/** Those that differ; the others on demand. */
function Parameters({ left, right, titles }: ParametersProps) {
  const names = new Set([...Object.keys(left.parameters), ...Object.keys(right.parameters)]);
  const rows = [...names].map((name) => ({
    key: name,
    head: name,
    cells: [left, right].map(({ parameters }) => parameters[name] ?? NOTHING),
  }));
  const isSame = ({ cells: [one, other] }: (typeof rows)[number]) => one === other;
  const [same, others] = [rows.filter(isSame), rows.filter((row) => !isSame(row))];
  const columns = [t().parameter, ...titles];
  return (
    <>
      <h3>{t().otherParameters(others.length)}</h3>
      {others.length > 0 && (
        <WideTable label={t().otherParameters(others.length)} titles={columns} rows={others} />
      )}
      {same.length > 0 && (
        <details>
          <summary>{t().sameParameters(same.length)}</summary>
          <WideTable label={t().sameParameters(same.length)} titles={columns} rows={same} />
        </details>
      )}
    </>
  );
}

/** How far the left one is from the right one, with its sign. */
function changeOf(left: Metric | undefined, right: Metric | undefined): string {
  if (left === undefined || right === undefined) return NOTHING;
  const change = left.value - right.value;
  return `${change > 0 ? "+" : ""}${inShort(change)}`;
}
