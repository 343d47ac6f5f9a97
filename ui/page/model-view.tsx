import { useEffect, useState } from "preact/hooks";
import { loadPackage } from "./client.ts";
import type { Address } from "./hooks.ts";
import { t } from "./language.ts";
import type { ModelPackage } from "./package.ts";
import { Predictor } from "./predictor.tsx";
import { type Seen, StatusCard } from "./status.tsx";

interface ModelViewProps {
  status: Seen;
  checked: Date | null;
  address: Address;
  /** Looks at the APIs now. */
  look: () => void;
}

/**
 * One model: loads its package, and again whenever its API comes back or has swapped to another
 * version.
 */
export function ModelView({ status, checked, address, look }: ModelViewProps) {
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
  if (pack) {
    return (
      <Predictor
        key={`${pack.name} ${address.visit}`}
        pack={pack}
        aside={statusCard}
        inputs={address.inputs}
        keep={(inputs) => {
          address.keep(pack.name, inputs);
        }}
        look={look}
      />
    );
  }
  return (
    <div class="columns">
      <section class="card">
        <h1>{name}</h1>
        {error === null ? (
          <p role="status">{t().loadingForm}</p>
        ) : (
          <NoForm status={status} error={error} />
        )}
      </section>
      <aside>{statusCard}</aside>
    </div>
  );
}

/** Why there is no form, and what has to happen for one to appear. */
function NoForm({ status: { status }, error }: { status: Seen; error: string }) {
  switch (status) {
    case "starting":
      return <p role="status">{t().formOfStarting}</p>;
    case "not ready":
      return (
        <p class="notice fair" role="status">
          {t().formOfNotReady}
        </p>
      );
    case "unreachable":
      return (
        <p class="notice bad" role="alert">
          {t().formOfUnreachable}
        </p>
      );
    case "healthy":
    case "unknown":
      return (
        <p class="notice bad" role="alert">
          {t().noForm(error)}
        </p>
      );
  }
}
