/**
 * `npm run lock:images`: writes what the Dockerfiles install from, beside each Dockerfile.
 *
 * An image is named after its folder, so everything it is made of must lie inside: for `serving` and `ui` a package.json
 * and a lock file of their own, cut out of the workspace's (docs/adr/0008-image-builds.md).
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type Lock,
  type Manifest,
  INSTALL_FOLDER,
  installManifest,
  seedLock,
  WORKSPACES,
} from "./install-manifest.ts";

const ROOT = resolve(import.meta.dirname, "../..");

for (const [workspace, buildTools] of Object.entries(WORKSPACES)) {
  const root = read("package.json") as Manifest;
  const manifest = installManifest(root, read(workspace, "package.json") as Manifest, buildTools);
  const lock = seedLock(read("package-lock.json") as Lock, workspace, manifest);
  const work = mkdtempSync(join(tmpdir(), "slipway-lock-"));
  try {
    write(join(work, "package.json"), manifest);
    write(join(work, "package-lock.json"), lock);
    copyFileSync(join(ROOT, ".npmrc"), join(work, ".npmrc"));
    // npm drops the packages that this manifest does not lead to, and keeps the versions of the rest.
    const args = ["install", "--package-lock-only", "--ignore-scripts", "--prefer-offline"];
    execFileSync("npm", args, { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
    const target = join(ROOT, workspace, INSTALL_FOLDER);
    mkdirSync(target, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(join(work, file), join(target, file));
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

function read(...path: string[]): unknown {
  return JSON.parse(readFileSync(join(ROOT, ...path), "utf8"));
}

function write(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
