import type { Metric, ModelVersion } from "../../src/model-versions.ts";
import { NOTHING } from "../environment.tsx";
import { t } from "../language.ts";
import { inShort, written } from "../number.ts";
import { atMoment } from "../when.ts";
import { type TableRow, WideTable } from "../wide-table.tsx";

/** As many metrics as have a column; the others stand where two versions are side by side. */
const MOST = 8;

interface VersionTableProps {
  versions: readonly ModelVersion[];
  /** The one that is shown below. */
  shown: ModelVersion;
  choose: (version: string) => void;
  /** Gets older versions; null where there are none. */
  more: (() => void) | null;
}

/** The newest versions, one a line, with their metrics beside each other. */
export function VersionTable({ versions, shown, choose, more }: VersionTableProps) {
  const metrics = metricNames(versions).slice(0, MOST);
  const titles = [t().versions, t().registered, t().whyTrained, t().gate];
  const rows = versions.map((one): TableRow => ({
    key: one.version,
    isChosen: one === shown,
    head: (
      <>
        <button
          type="button"
          aria-pressed={one === shown}
          aria-label={t().showVersion(one.version)}
          onClick={() => {
            choose(one.version);
          }}
        >
          {one.version}
        </button>{" "}
        <Aliases aliases={one.aliases} />
      </>
    ),
    cells: [
      <Trained version={one} />,
      <span class="reason">{reasonOf(one)}</span>,
      <VerdictWord verdict={one.verdict} />,
      ...metrics.map((name) => <Figure metric={one.metrics[name]} />),
    ],
  }));
  return (
    <section class="card" aria-label={t().versions}>
      <WideTable label={t().versions} titles={[...titles, ...metrics.map(readable)]} rows={rows} />
      {more !== null && (
        <button type="button" class="more" onClick={more}>
          {t().olderVersions}
        </button>
      )}
    </section>
  );
}

function Trained({ version: { registered, commit } }: { version: ModelVersion }) {
  return (
    <>
      {registered === null ? NOTHING : atMoment(registered)}
      {commit !== null && <span class="small muted">{t().commit(commit.slice(0, 7))}</span>}
    </>
  );
}

/** Every metric that one of the versions has, in the order of the newest. */
export function metricNames(versions: readonly ModelVersion[]): string[] {
  return [...new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)))];
}

/** An end of an interval, which is no exact number. */
function end(value: number): string {
  return written(Number(value.toPrecision(3)));
}

/** The name of a metric as people write it. */
export function readable(name: string): string {
  return name.replaceAll("_", " ");
}

/** A metric, and the interval below it. */
export function Figure({ metric }: { metric: Metric | undefined }) {
  if (metric === undefined) return NOTHING;
  const { value, low, high } = metric;
  return (
    <>
      {inShort(value)}
      {low !== null && high !== null && (
        <span class="small muted">{t().fromLowToHigh(end(low), end(high))}</span>
      )}
    </>
  );
}

const TONES: Readonly<Record<string, string>> = { champion: "good", rejected: "bad" };

/** What a version is called. */
export function Aliases({ aliases }: Pick<ModelVersion, "aliases">) {
  return aliases.map((alias) => (
    <span key={alias} class={`pill small ${TONES[alias] ?? "plain"}`}>
      {alias}
    </span>
  ));
}

/** The gate's verdict in a word. */
export function VerdictWord({ verdict }: Pick<ModelVersion, "verdict">) {
  if (verdict === null) return <span class="muted">{t().notJudged}</span>;
  return <span class={verdict}>{t().verdicts[verdict]}</span>;
}

/** Why a version was trained, in training's own words where it had to have a reason. */
export function reasonOf({ reason, adopted }: ModelVersion): string {
  if (reason !== null) return reason;
  return adopted === null ? t().firstOrChanged : t().madeOf(adopted);
}
