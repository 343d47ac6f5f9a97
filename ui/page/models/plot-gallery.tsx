import { useEffect, useState } from "preact/hooks";
import { loadPlots, plotAddress } from "../client.ts";
import { t } from "../language.ts";

interface PlotGalleryProps {
  name: string;
  version: string;
}

/** The pictures that a version's training drew. */
export function PlotGallery({ name, version }: PlotGalleryProps) {
  const [plots, setPlots] = useState<readonly string[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    loadPlots(name, version).then(
      (found) => {
        if (wanted) setPlots(found);
      },
      (reason: unknown) => {
        if (wanted) setError((reason as Error).message);
      },
    );
    return () => {
      wanted = false;
    };
  }, [name, version]);
  return (
    <>
      <h3>{t().plots}</h3>
      {error !== null && <p class="notice bad">{error}</p>}
      {plots?.length === 0 && <p class="muted">{t().noPlots}</p>}
      <div class="gallery">
        {plots?.map((plot) => {
          const title = titleOf(plot);
          return (
            <figure key={plot}>
              <img
                src={plotAddress(name, version, plot)}
                alt={t().plotOf(title, version)}
                width="550"
                height="462"
                loading="lazy"
              />
              <figcaption class="small muted">{title}</figcaption>
            </figure>
          );
        })}
      </div>
    </>
  );
}

function titleOf(file: string): string {
  const stem = file.replace(/\.png$/, "");
  return t().plotNames[stem] ?? stem;
}
