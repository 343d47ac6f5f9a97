/** Command line of `npm run sbom`. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { type ImageName, imageRevision } from "../../components/lib/image-sources.ts";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { findUv } from "../lib/python.ts";
import { run } from "../lib/run.ts";

const USAGE = `usage: npm run sbom [-- --out FOLDER]
Writes what each image of ours is built from, by its lock file, as CycloneDX: FOLDER/slipway-<image>.cdx.json.
  --out FOLDER   where to (default: sbom)`;

/** By https://pypi.org/project/cyclonedx-bom. */
const CYCLONEDX_PYTHON = "cyclonedx-bom==7.5.0";

/** The folder of npm's lock, or the lock of Python packages, that an image is built from. */
const LOCKS: Record<Exclude<ImageName, "seaweedfs" | "minio">, string> = {
  serving: "serving/install",
  ui: "ui/install",
  training: "training/requirements.lock",
  mlflow: "images/mlflow/requirements.lock",
};

interface Bom {
  metadata: { component?: object };
  components: object[];
}

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { out: { type: "string", default: "sbom" } } });
  mkdirSync(values.out, { recursive: true });
  for (const [image, lock] of Object.entries(LOCKS)) {
    const bom = JSON.parse(await listed(path.join(ROOT, lock))) as Bom;
    const { tag } = imageRevision(ROOT, image as ImageName);
    const name = `slipway-${image}`;
    bom.metadata.component = { type: "container", "bom-ref": name, name, version: tag };
    const file = path.join(values.out, `${name}.cdx.json`);
    writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
    tell(`${file}: ${bom.components.length} packages of version ${tag}`);
  }
});

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
