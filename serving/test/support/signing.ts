import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { python, temporaryFolder } from "./packages.ts";

/** A file to sign with, as training's `SLIPWAY_SIGNING_KEY_FILE`. */
export function keyFile(): string {
  const file = path.join(temporaryFolder(), "key");
  writeFileSync(file, path.basename(path.dirname(file)).padEnd(40, "k"));
  return file;
}

const SIGN = `
import sys
from pathlib import Path
from training.signing import read_signer

folder, model, file = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
signer = read_signer({"SLIPWAY_SIGNING_KEY_FILE": file})
(folder / "MLmodel.sig").write_text(signer.sign(model, (folder / "MLmodel").read_bytes()))
`;

/** A copy of a package that training's own code has signed. */
export async function signedPackage(folder: string, model: string, key: string): Promise<string> {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  await promisify(execFile)(python(), ["-c", SIGN, copy, model, key]);
  return copy;
}

/** The public key by which a package is signed. */
export function publicKeyIn(signature: string): string {
  const [, key] = /^key: (\S+)$/m.exec(signature) ?? [];
  assert.ok(key, signature);
  return key;
}

/** Changes a file of a package in place. */
export function edit(folder: string, file: string, change: (text: string) => string): void {
  const before = readFileSync(path.join(folder, file), "latin1");
  const after = change(before);
  assert.notEqual(after, before);
  writeFileSync(path.join(folder, file), after, "latin1");
}
