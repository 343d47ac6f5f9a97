import { createHash, createPublicKey, verify } from "node:crypto";

import type { Candidate } from "../registry/source.ts";
import { PackageError } from "./package-error.ts";

const FILE = "MLmodel.sig";
const FILE_BYTES = 4096;
const FORM =
  /^format: 1\nmodel: ([^\n]+)\nkey: ([A-Za-z0-9+/]{43}=)\nsignature: ([A-Za-z0-9+/]{86}==)\n$/;

/** What a public key begins with in DER, before its 32 bytes (RFC 8410, 4). */
const DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const REMEDY =
  "train or adopt the model again, or let a training sign what stands there (docs/model-package.md, Signature)";

/** Reads a list of public keys, apart by blanks or commas. Throws an error that names the one that is none. */
export function parsePublicKeys(text: string): string[] {
  const keys = text.split(/[\s,]+/).filter((key) => key !== "");
  const wrong = keys.find((key) => !/^[A-Za-z0-9+/]{43}=$/.test(key));
  if (keys.length > 0 && wrong === undefined) return keys;
  throw new Error(
    `MODEL_PUBLIC_KEYS=${wrong ?? text} is no public key: write the 44 characters that stand behind 'key:' in ${FILE}`,
  );
}

/**
 * Checks that one of the keys has signed these bytes of `MLmodel`, for this model: it is done before anything in them is read. They
 * hold the checksum of the graph, so that it is covered too.
 *
 * @throws PackageError for a version without a signature that holds, SourceError where it cannot be fetched.
 */
export async function checkSignature(
  candidate: Candidate,
  mlmodel: Buffer,
  keys: readonly string[],
): Promise<void> {
  const what = `version ${candidate.version ?? "?"} of '${candidate.name ?? "a folder"}'`;
  const refused = (reason: string, remedy = REMEDY) =>
    new PackageError("signature", `${what} ${reason}: ${remedy}`);
  if (!(await candidate.has(FILE))) throw refused(`carries no signature (${FILE})`);
  const text = (await candidate.read(FILE, FILE_BYTES)).toString("utf8");
  const [, model, key, signature] = FORM.exec(text) ?? [];
  if (model === undefined || key === undefined || signature === undefined) {
    throw refused(`has a ${FILE} that is none of ours`);
  }
  if (candidate.name !== undefined && candidate.name !== model) {
    throw refused(
      `carries a signature for '${model}'`,
      `point the alias at a version that was trained as '${candidate.name}'`,
    );
  }
  if (!keys.includes(key)) throw refused(`is signed by ${key}, which MODEL_PUBLIC_KEYS lacks`);
  const der = Buffer.concat([DER_PREFIX, Buffer.from(key, "base64")]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  if (!verify(null, message(model, mlmodel), publicKey, Buffer.from(signature, "base64"))) {
    throw refused("has another MLmodel than the one that was signed, or a forged signature");
  }
}

/** What is signed (training/src/training/signing.py); the name comes last, so that no other reading is possible. */
function message(model: string, mlmodel: Buffer): Buffer {
  const digest = createHash("sha256").update(mlmodel).digest("hex");
  return Buffer.from(`slipway model package, format 1\n${digest}\n${model}`);
}
