import type { GateFigure, GateVerdict, ModelVersion } from "../../src/model-versions.ts";
import { Card } from "../card.tsx";
import { NOTHING } from "../environment.tsx";
import { t } from "../language.ts";
import { inShort } from "../number.ts";
import { when } from "../when.ts";
import { type TableRow, WideTable } from "../wide-table.tsx";
import { PlotGallery } from "./plot-gallery.tsx";
import { Aliases, readable, reasonOf } from "./version-table.tsx";

interface VersionDetailsProps {
  name: string;
  shown: ModelVersion;
  /** Among them may be the champion that it was compared with. */
  versions: readonly ModelVersion[];
}

/** One version: the gate's verdict in words, when it became champion, its plots and the way to its run. */
export function VersionDetails({ name, shown, versions }: VersionDetailsProps) {
  const { version, gate, promotions, run, commit } = shown;
  return (
    <Card id="version" title={t().oneVersion(version)}>
      <p class="ways small">
        <Aliases aliases={shown.aliases} />
        {run !== null && <a href={run}>{t().runInMlflow}</a>}
        {commit !== null && <span class="muted">{t().commit(commit)}</span>}
      </p>
      <ul class="facts">
        <li>{t().trainedBecause(reasonOf(shown))}</li>
        {promotions.map(({ at, by }) => (
          <li key={at}>{t().becameChampion(when(at), by)}</li>
        ))}
      </ul>
      <h3>{t().gate}</h3>
      <p role="status">{verdictOf(gate)}</p>
      {gate && gate.note !== "" && <p class="small">{t().gateNote(gate.note)}</p>}
      {gate && gate.figures.length > 0 && (
        <Comparisons gate={gate} shown={shown} versions={versions} />
      )}
      <PlotGallery name={name} version={version} />
    </Card>
  );
}

function verdictOf(gate: GateVerdict | null): string {
  if (gate === null) return t().gateUnknown;
  const count = gate.figures.length;
  if (gate.passed) return t().gatePassed(count);
  return t().gateRejected(gate.figures.filter(({ passed }) => !passed).length, count);
}

interface ComparisonsProps extends Omit<VersionDetailsProps, "name"> {
  gate: GateVerdict;
}

function Comparisons({ gate, shown, versions }: ComparisonsProps) {
  const titles = [t().metric, t().thisVersion, t().comparedWith, t().allowed, t().gate];
  const champion = versions.find(({ version }) => version === gate.champion);
  const rows = gate.figures.map((figure): TableRow => {
    const { metric, rule, value, slice = "", passed } = figure;
    const own = itsOwn(figure, shown, champion);
    return {
      key: `${metric} ${rule} ${slice}`,
      head: slice === "" ? readable(metric) : t().onSlice(readable(metric), slice),
      cells: [
        value === null ? NOTHING : inShort(value),
        rule === "floor" ? t().itsFloor : t().championVersion(gate.champion ?? "", own),
        allowed(figure),
        <span class={passed ? "promoted" : "rejected"}>{passed ? t().holds : t().fails}</span>,
      ],
    };
  });
  return <WideTable label={t().gate} titles={titles} rows={rows} />;
}

/** The champion's own metric; nothing where the two were compared on other rows than its run measured. */
function itsOwn(
  { metric, value, slice }: GateFigure,
  shown: ModelVersion,
  champion: ModelVersion | undefined,
): string {
  const own = champion?.metrics[metric]?.value;
  const isSame = slice === undefined && value === shown.metrics[metric]?.value;
  return own === undefined || !isSame ? "" : inShort(own);
}

/** The limit in words. The tag does not say to which side a metric gets worse, but which value passed. */
function allowed({ value, limit, passed }: GateFigure): string {
  if (limit === null) return NOTHING;
  const shown = inShort(limit);
  if (value === null || value === limit) return shown;
  return value > limit === passed ? t().atLeast(shown) : t().atMost(shown);
}
