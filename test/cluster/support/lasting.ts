import { objects } from "./sandbox.ts";
import { KINDS, snapshot } from "./snapshot.ts";

/** Where each deployment is recorded. */
const HISTORY = "slipway-history";

interface Pod {
  metadata: { name: string; uid: string };
  status: { phase: string; containerStatuses?: { containerID: string; restartCount: number }[] };
}

/** All objects as they are, but for the record of deployments. */
export async function contents(): Promise<Record<string, unknown>> {
  const all = Object.entries(await snapshot());
  return Object.fromEntries(all.filter(([key]) => key !== `ConfigMap/${HISTORY}`));
}

/** Everything that a deployment makes, by its uid; a claim with its volume, and a Secret with what it holds. */
export async function identities(): Promise<string[]> {
  const all = await objects<{
    kind: string;
    metadata: { name: string; uid: string; ownerReferences?: object[] };
    spec?: { volumeName?: string };
    data?: object;
  }>(`${KINDS},cronjobs`);
  return all
    .filter(({ metadata }) => metadata.ownerReferences === undefined && metadata.name !== HISTORY)
    .map(({ kind, metadata, spec, data }) => {
      const held = kind === "Secret" ? JSON.stringify(data) : (spec?.volumeName ?? "");
      return `${kind}/${metadata.name} ${metadata.uid} ${held}`;
    })
    .sort();
}

/** The containers that run, and how often each was started. */
export async function running(): Promise<string[]> {
  const pods = await objects<Pod>("pods", "--field-selector=status.phase=Running");
  return pods.flatMap(({ metadata, status }) =>
    (status.containerStatuses ?? []).map(
      ({ containerID, restartCount }) =>
        `${metadata.name} ${metadata.uid} ${containerID} ${restartCount}`,
    ),
  );
}
