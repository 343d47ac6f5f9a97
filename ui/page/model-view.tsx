import { useEffect, useState } from "preact/hooks";
import type { ModelStatus } from "../src/status.ts";
import { loadPackage } from "./client.ts";
import type { ModelPackage } from "./package.ts";
import { Predictor } from "./predictor.tsx";
import { StatusCard } from "./status.tsx";

/**
 * One model: loads its package, and again whenever its API comes back or has swapped to another
 * version.
 */
export function ModelView({ status, checked }: { status: ModelStatus; checked: Date | null }) {
  const [pack, setPack] = useState<ModelPackage | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { name, version } = status;

  useEffect(() => {
    let wanted = true;
    loadPackage(name).then(
      (loaded) => {
        if (!wanted) return;
        setPack(loaded);
        setError(null);
      },
      (reason: unknown) => {
        if (wanted) setError((reason as Error).message);
      },
    );
    return () => {
      wanted = false;
    };
  }, [name, version, status.status]);

  const statusCard = <StatusCard status={status} checked={checked} />;
  if (pack) return <Predictor key={pack.name} pack={pack} aside={statusCard} />;
  return (
    <div class="columns">
      <section class="card">
        <h1>{name}</h1>
        {error === null ? (
          <p role="status">Loading the form…</p>
        ) : (
          <p class="notice bad" role="alert">
            {status.status === "healthy"
              ? `The form cannot be made: ${error}`
              : "The form is made from the model, which is not there yet. It appears by itself as soon as the model’s API is healthy."}
          </p>
        )}
      </section>
      <aside>{statusCard}</aside>
    </div>
  );
}
