import { execa } from "execa";
import type { StackConfig } from "../../../components/config/schema.ts";
import type { DataName, DataRecord, HeldData } from "../../../components/lib/held-data.ts";
import { STORE_IMAGES } from "../../../components/lib/image-sources.ts";
import { seaweedfsName } from "../../../components/seaweedfs.ts";
import { Failure } from "../../lib/failure.ts";
import { ROOT } from "../../lib/paths.ts";
import type { Evaluation } from "../../lib/program/evaluate.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import type { PulumiCall } from "../../lib/stack/pulumi-call.ts";
import { pulumiUp } from "../../lib/stack/pulumi-up.ts";
import { exportedState, putInOrder } from "../../lib/stack/state.ts";
import { PROJECT } from "../../lib/stack/stack-file.ts";
import type { Connection, Place, Subject } from "./places.ts";

/** Name of our object store. */
const STORE = "object-store";

/** The component that makes a server of ours, and the keys of what is not ours. */
const STORES = {
  database: { component: "slipway:data:Postgres", key: "database", password: "password" },
  artifacts: { component: "slipway:data:ObjectStore", key: "objectStore", password: "secretKey" },
} as const;

/** What the stack file says of the new place. */
export function settingsOf(subject: Subject, config: StackConfig) {
  return config[STORES[subject].key];
}

/**
 * Makes the server of a new place of ours beside the old one: see {@link serverOf}. Nothing else is touched, and nothing
 * deleted.
 */
export async function makeServer(
  { stack, configFile }: Environment,
  call: PulumiCall,
  { resources }: Evaluation,
  subject: Subject,
): Promise<void> {
  const targets = serverOf(subject, resources).map(({ parents, type, name }) => {
    return `urn:pulumi:${stack}::${PROJECT}::${[...parents, type].join("$")}::${name}`;
  });
  try {
    await pulumiUp(call, { cwd: ROOT, configFile, policies: false, targets });
  } finally {
    await putInOrder(call);
  }
}

/** What makes up a server of ours: its component, the image that it runs, and the quota. */
export function serverOf(subject: Subject, resources: Evaluation["resources"]) {
  const { component } = STORES[subject];
  const stores: string[] = subject === "artifacts" ? Object.values(STORE_IMAGES) : [];
  const own = seaweedfsName(STORE);
  const aliased = resources.some(({ type, name }) => type.endsWith(":StatefulSet") && name === own);
  return resources.filter(({ type, parents, name }) => {
    const kinds = [type, ...parents];
    // By this Service a MinIO is read, until the deployment.
    if (aliased && type.endsWith(":Service") && name === STORE) return false;
    const image = kinds.includes("slipway:platform:Image") && stores.includes(name);
    return kinds.includes(component) || image || type.endsWith(":ResourceQuota");
  });
}

/** The account of a place that is not ours, as the stack file has it encrypted. @throws Failure with what Pulumi said. */
export async function givenAccount(
  { command, env, stack, config }: PulumiCall,
  subject: Subject,
  place: Place,
): Promise<Pick<Connection, "username" | "password" | "authority">> {
  const { key, password } = STORES[subject];
  const args = ["config", "--show-secrets", "--json", ...stack, ...config];
  const found = await execa(command, args, { cwd: ROOT, env, reject: false });
  if (found.failed) {
    throw new Failure(`the secrets of ${stack[1] ?? ""} cannot be read: ${found.stderr}`);
  }
  const all = JSON.parse(found.stdout) as Record<string, { value?: string }>;
  const given = JSON.parse(all[`${PROJECT}:${key}`]?.value ?? "{}") as Record<string, unknown>;
  const text = (name: string) => {
    const value = given[name];
    if (typeof value === "string" || value === undefined) return value ?? "";
    const where = `slipway:${key}.${name}`;
    throw new Failure(
      `${where} is in a store that only the cluster opens, and a move needs it before anything there does: set it with 'pulumi config set --path --secret ${where}', and name the store again after the move`,
    );
  };
  const user = subject === "database" ? place.variables["PGUSER"] : text("accessKey");
  return { username: user ?? "", password: text(password), authority: text("ca") };
}

/**
 * What the stack file must say of earlier places, so that their volumes stay.
 *
 * @throws Failure where there would be two of a kind that has room for one.
 */
export async function stillOurs(
  environment: Environment,
  call: PulumiCall,
  subject: Subject,
  config: StackConfig,
): Promise<StackConfig["movedFrom"]> {
  const { key } = STORES[subject];
  const { [key]: earlier, ...others } = config.movedFrom;
  const { kind } = config[key];
  const left = await oldPlace(environment, call, subject, earlier?.kind);
  const kept = [earlier, left].filter((one) => one !== undefined && one.kind !== kind);
  const [first, second] = kept;
  if (first && second && first.kind !== second.kind) {
    throw new Failure(
      `the volume that an earlier move left (${PROJECT}:movedFrom.${key}: ${first.kind}) must go first: ` +
        "docs/runbooks/move-data.md#when-the-old-volume-may-go",
    );
  }
  return first === undefined ? others : { ...others, [key]: second ?? first };
}

/** The place of ours that is in use; undefined where it is somebody else's. */
async function oldPlace(
  { kubectl, namespace }: Environment,
  call: PulumiCall,
  subject: Subject,
  earlier: string | undefined,
): Promise<OldPlace | undefined> {
  const record = await recordIn(call);
  for (const [kind, name] of Object.entries(HELD[subject])) {
    const held = record[name];
    // What an earlier move left is in the record too, and not in use.
    if (held === undefined || kind === earlier) continue;
    const place = { kind, ...volumeOf(held) } as OldPlace;
    if (kind !== "cloudnative-pg") return place;
    const get = ["-n", namespace, "get", "clusters.postgresql.cnpg.io", "postgres"];
    const { stdout } = await kubectl([...get, "-o", "jsonpath={.spec.instances}"]);
    return { ...place, instances: Number(stdout) } as OldPlace;
  }
  return undefined;
}

type OldPlace = NonNullable<StackConfig["movedFrom"][(typeof STORES)[Subject]["key"]]>;

/** The name among a stack's data of each place of ours, by its kind. */
const HELD: Record<Subject, Record<string, DataName>> = {
  database: { bundled: "postgres-data", "cloudnative-pg": "postgres-cluster" },
  artifacts: { bundled: "object-store-seaweedfs-data", minio: "object-store-data" },
};

function volumeOf({ size, storageClass }: HeldData) {
  return { size, ...(storageClass === undefined ? {} : { storageClass }) };
}

/** The program's record of data, as the last `up` left it in the engine's state. */
async function recordIn(call: PulumiCall): Promise<DataRecord> {
  const { resources } = await exportedState<{
    resources?: { type: string; inputs?: { input?: DataRecord } }[];
  }>(call);
  const record = resources?.find(({ type }) => type === "pulumi:index:Stash");
  if (record?.inputs?.input !== undefined) return record.inputs.input;
  throw new Failure(
    "the state has no record of the stack's data yet: `npm run deploy` writes it, with the stack file as it was before this edit",
  );
}
