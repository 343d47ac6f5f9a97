import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type ImageName, imageRevision } from "../../components/lib/image-sources.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { findUv } from "../lib/python.ts";
import { run } from "../lib/run.ts";

/** By https://pypi.org/project/cyclonedx-bom. */
const CYCLONEDX_PYTHON = "cyclonedx-bom==7.5.0";

/** The folder of npm's lock, or the lock of Python packages, that an image is built from. */
const LOCKS = {
  serving: "serving/install",
  ui: "ui/install",
  training: "training/requirements.lock",
  mlflow: "images/mlflow/requirements.lock",
} satisfies Partial<Record<ImageName, string>>;

/** Images that have a lock file: those of object stores are Go's programs at a pinned version. */
export const LISTED = Object.keys(LOCKS) as (keyof typeof LOCKS)[];

/** What an image is built from. */
export interface Bom {
  /** CycloneDX, as JSON. */
  file: string;
  packages: number;
  /** Version of the image, its tag. */
  tag: string;
}

interface CycloneDx {
  metadata: { component?: object };
  components: object[];
}

/** Writes what an image is built from into a folder, which is made: `slipway-<image>.cdx.json`. @throws Failure as {@link listed} */
export async function writeBom(image: keyof typeof LOCKS, folder: string): Promise<Bom> {
  await mkdir(folder, { recursive: true });
  const bom = JSON.parse(await listed(path.join(ROOT, LOCKS[image]))) as CycloneDx;
  const { tag } = imageRevision(ROOT, image);
  const name = `slipway-${image}`;
  bom.metadata.component = { type: "container", "bom-ref": name, name, version: tag };
  const file = path.join(folder, `${name}.cdx.json`);
  await writeFile(file, `${JSON.stringify(bom, null, 2)}\n`);
  return { file, packages: bom.components.length, tag };
}

/** A lock's packages as CycloneDX. @throws Failure with what the program said that reads it. */
async function listed(lock: string): Promise<string> {
  const argv = lock.endsWith(".lock") ? await pythonLister(lock) : npmLister(lock);
  const { code, stdout, stderr } = await run(argv);
  if (code === 0) return stdout;
  throw new Failure(`${path.relative(ROOT, lock)} could not be listed: ${stderr.trim()}`);
}

function npmLister(folder: string): [string, ...string[]] {
  const sbom = ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"];
  return ["npm", "--prefix", folder, ...sbom];
}

async function pythonLister(file: string): Promise<[string, ...string[]]> {
  const uv = await findUv(ROOT, new Progress());
  return [uv, "tool", "run", "--from", CYCLONEDX_PYTHON, "cyclonedx-py", "requirements", file];
}
