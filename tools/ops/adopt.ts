import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { hasLabels, instanceLabel, labelPairs } from "../../components/lib/labels.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { type Evaluation, evaluateFile, plain } from "../lib/program/evaluate.ts";
import type { Manifest } from "../lib/program/manifests.ts";
import type { Environment } from "../lib/stack/environment.ts";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";
import { failureOf } from "../lib/stack/pulumi-up.ts";
import { editState } from "../lib/stack/state.ts";

/** A resource that `pulumi preview --import-file` would have created, and `pulumi import` takes up once it has an id. */
interface Import {
  type: string;
  /** Name in the file; others have it as `parent`. */
  name: string;
  /** Name in the program, where several have one of the same. @default `name` */
  logicalName?: string;
  parent?: string;
  component?: boolean;
  id?: string;
}

interface ImportFile {
  nameTable?: Record<string, string>;
  resources: Import[];
}

/** One object that an earlier deployment left. */
interface Found {
  one: Import;
  /** As the program would make it. */
  manifest: Manifest;
  /** As the cluster has it. */
  live: Manifest;
}

/** What an earlier deployment left in the cluster, and how `pulumi import` takes it up. */
export interface Remains {
  file: ImportFile;
  found: Found[];
}

/** What a take-down leaves, as it holds data. */
const HOLDS_DATA = ["Namespace", "PersistentVolumeClaim", "Cluster"];

/**
 * The data that the program would make room for and the cluster has already, although the state does not know it: after a
 * take-down that retained them, or with a lost state.
 *
 * @throws Failure where anything of these names is not of this environment, or still runs; then nothing is adopted.
 */
export async function findRemains(environment: Environment, call: PulumiCall): Promise<Remains> {
  const { stack, configFile } = environment;
  const { nameTable, resources } = await previewed(call);
  const evaluation = await evaluateFile(stack, configFile);
  const wanted = resources.flatMap((one) => {
    const manifest = manifestOf(evaluation, one);
    return manifest ? [{ one, manifest }] : [];
  });
  const there = await present(
    environment,
    wanted.map(({ manifest }) => manifest),
  );
  const all = wanted.flatMap(({ one, manifest }) => {
    const live = there.find((other) => keyOf(other) === keyOf(manifest));
    return live ? [{ one, manifest, live }] : [];
  });
  needOurs(environment, all);
  needTakenDown(environment, all);
  const parents = all.flatMap(({ one }) => chain(resources, one.parent));
  const components = resources.filter((one) => one.component && parents.includes(one.name));
  const adopted = all.map(({ one, live }) => ({ ...one, id: idOf(live) }));
  const file = { ...(nameTable && { nameTable }), resources: [...components, ...adopted] };
  return { file, found: all };
}

/** For people, e.g. `Namespace slipway-prod`. */
export function namesOf({ found }: Remains): string[] {
  return found.map(({ live }) => `${live.kind} ${live.metadata.name}`).sort();
}

/** Everything that `up` would create, as the engine says it. */
async function previewed({ command, env, stack, config }: PulumiCall): Promise<ImportFile> {
  return inFolder(async (file) => {
    const args = ["preview", "--import-file", file, "--suppress-outputs", ...stack, ...config];
    const run = await execa(command, args, { cwd: ROOT, env, reject: false, all: true });
    // What is there already makes it fail, after it has written the file.
    const text = await readFile(file, "utf8").catch(() => "");
    if (text === "") throw failureOf("`pulumi preview`", run.all);
    return JSON.parse(text) as ImportFile;
  });
}

/**
 * Takes them into the state, protected. `pulumi import` puts down all that the cluster has filled in as what the program
 * said, and the next `up` would replace a volume to take it back: so only what the program does say is left of it.
 */
export async function adopt(call: PulumiCall, { file: content, found }: Remains): Promise<void> {
  await inFolder(async (file) => {
    await writeFile(file, JSON.stringify(content));
    const quiet = ["--yes", "--skip-preview", "--generate-code=false", "--protect=true"];
    await pulumi(call, ["import", "--file", file, ...quiet, ...call.stack, ...call.config]);
  });
  await editState<State>(call, (state) => {
    for (const { one, manifest, live } of found) {
      const name = `::${one.logicalName ?? one.name}`;
      const entry = state.resources.find(
        ({ type, urn, id }) => type === one.type && urn.endsWith(name) && id === idOf(live),
      );
      if (entry === undefined) throw new Failure(`the state lacks ${keyOf(live)} after its import`);
      entry.inputs = said(manifest, live) as object;
      entry.outputs = { ...entry.outputs, __inputs: entry.inputs };
    }
    return state;
  });
}

/** What the engine keeps, as far as it is changed here. */
interface State {
  resources: { urn: string; type: string; id?: string; inputs?: object; outputs?: object }[];
}

/** The values that the cluster has of those properties that the program sets. */
export function said(wanted: unknown, live: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(live) && wanted.length === live.length)
    return wanted.map((value, index) => said(value, live[index]));
  if (!isRecord(wanted) || !isRecord(live)) return live;
  const shared = Object.entries(wanted).filter(([key]) => key in live);
  return Object.fromEntries(shared.map(([key, value]) => [key, said(value, live[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function pulumi({ command, env }: PulumiCall, args: string[]): Promise<void> {
  const run = await execa(command, args, { cwd: ROOT, env, reject: false, all: true });
  if (!run.failed) return;
  tell(run.all);
  throw failureOf(`\`pulumi ${args[0] ?? ""}\``, run.all);
}

async function inFolder<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-adopt-"));
  try {
    return await work(join(folder, "import.json"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The object that the program makes of a resource; undefined for what is not Kubernetes'. */
function manifestOf({ resources }: Evaluation, one: Import): Manifest | undefined {
  if (one.component || !one.type.startsWith("kubernetes:")) return undefined;
  const name = one.logicalName ?? one.name;
  const found = resources.find((other) => other.type === one.type && other.name === name);
  return found && (plain(found.inputs) as Manifest);
}

function idOf({ metadata: { namespace, name } }: Manifest): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Those of the objects that the cluster has, whole. */
async function present(
  { kubectl }: Environment,
  manifests: readonly Manifest[],
): Promise<Manifest[]> {
  const items = manifests.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    ...{ apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
  }));
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const get = ["get", "-f", "-", "-o", "json", "--ignore-not-found"];
  const { stdout } = await kubectl(get, { input });
  if (stdout === "") return [];
  const found = JSON.parse(stdout) as Manifest & { items?: Manifest[] };
  return found.items ?? [found];
}

function keyOf(one: Manifest): string {
  return `${one.kind} ${idOf(one)}`;
}

function needOurs({ instance }: Environment, found: readonly Found[]): void {
  const ours = { ...instanceLabel(instance), "app.kubernetes.io/managed-by": "slipway" };
  const foreign = found.filter(({ live: { metadata } }) => !hasLabels(metadata, ours));
  if (foreign.length === 0) return;
  throw new Failure(
    `not of ${instance}, so nothing is adopted: ${foreign.map(({ live }) => keyOf(live)).join(", ")}; ` +
      "remove or rename what is somebody else's, or, if it is this stack's after all, " +
      `label it ${labelPairs(ours).join(" ")}`,
  );
}

/** Another state may well know what still runs. */
function needTakenDown({ instance, namespace, stack }: Environment, found: readonly Found[]): void {
  const running = found.filter(({ live: { kind } }) => !HOLDS_DATA.includes(kind));
  if (running.length === 0) return;
  const kinds = [...new Set(running.map(({ live }) => live.kind.toLowerCase()))].sort().join(",");
  throw new Failure(
    `${instance} is not taken down, ${running.length} objects are there beside its data: if another state knows them ` +
      `(PULUMI_BACKEND_URL), deploy with that one. If it is lost, take them down first; data stay: ` +
      `kubectl -n ${namespace} delete ${kinds} -l app.kubernetes.io/instance=${instance}; ` +
      `then \`npm run deploy -- --stack ${stack} --adopt\``,
  );
}

/** Names of a component and of those around it. */
function chain(resources: readonly Import[], name: string | undefined): string[] {
  if (name === undefined) return [];
  const found = resources.find((one) => one.component && one.name === name);
  return [name, ...chain(resources, found?.parent)];
}
