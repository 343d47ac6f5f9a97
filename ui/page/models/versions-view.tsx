import { useRef, useState } from "preact/hooks";
import type { ModelVersion } from "../../src/model-versions.ts";
import { loadVersions } from "../client.ts";
import { usePolled } from "../hooks.ts";
import { t } from "../language.ts";
import type { Seen } from "../status.tsx";
import { ComparisonCard } from "./comparison-card.tsx";
import { DriftCard } from "./drift-card.tsx";
import { VersionDetails } from "./version-details.tsx";
import { VersionTable } from "./version-table.tsx";

const POLL = 15_000;

interface VersionsViewProps {
  model: Seen;
  /** The address of its form. */
  form: string;
}

/** A model's versions: what became of each and why, two of them side by side, and how far its inputs have moved. */
export function VersionsView({ model, form }: VersionsViewProps) {
  const { name, docs } = model;
  const pages = useRef(1);
  const { found, error, look } = usePolled(() => loadVersions(name, pages.current), POLL);
  const more = () => {
    pages.current += 1;
    look();
  };
  return (
    <div class="versions">
      <section class="card" aria-labelledby="versions-heading">
        <h1 id="versions-heading">{t().versionsOf(name)}</h1>
        <p class="ways">
          <a href={form}>{t().toForm}</a>
          {docs !== undefined && <a href={docs}>{t().apiDocs}</a>}
        </p>
        {error !== null && (
          <p class="notice bad" role="alert">
            {error} {t().tryingAgain}
          </p>
        )}
        {found === undefined && error === null && <p role="status">{t().askingMlflow}</p>}
        {found === null && <p role="status">{t().noMlflow}</p>}
        {found?.versions.length === 0 && <p role="status">{t().noVersion}</p>}
      </section>
      {found && <Versions name={name} versions={found.versions} more={found.more ? more : null} />}
      <DriftCard name={name} />
    </div>
  );
}

interface VersionsProps {
  name: string;
  versions: readonly ModelVersion[];
  /** Gets older ones; null where there are none. */
  more: (() => void) | null;
}

function Versions({ name, versions, more }: VersionsProps) {
  const [chosen, choose] = useState<string | null>(null);
  const shown = versions.find(({ version }) => version === chosen) ?? versions[0];
  if (shown === undefined) return null;
  return (
    <>
      <VersionTable versions={versions} shown={shown} choose={choose} more={more} />
      <VersionDetails key={shown.version} name={name} shown={shown} versions={versions} />
      {versions.length > 1 && <ComparisonCard versions={versions} />}
    </>
  );
}
