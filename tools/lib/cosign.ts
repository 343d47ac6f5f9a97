import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  NO_COSIGN,
  type SignedImage,
  type Signers,
  unsigned,
  verifyArgs,
} from "../../components/lib/cosign.ts";
import { dockerConfig } from "../../components/lib/registry-login.ts";
import { Failure } from "./failure.ts";
import { installed } from "./installed.ts";

/** cosign as an account of a registry: what it said, and whether it ended well. */
export type Cosign = (args: readonly string[]) => Promise<{ failed: boolean; said: string }>;

/**
 * Lends cosign the login of a registry for as long as `work` takes.
 *
 * @param login `user:password` in base64; undefined for that of `docker login`.
 * @throws Failure where there is no cosign.
 */
export async function withCosign<Result>(
  host: string,
  login: string | undefined,
  work: (cosign: Cosign) => Promise<Result>,
): Promise<Result> {
  const program = installed("cosign");
  if (program === undefined) throw new Failure(NO_COSIGN);
  const folder = await mkdtemp(join(tmpdir(), "slipway-cosign-"));
  try {
    const account = { mode: 0o600 };
    if (login !== undefined)
      await writeFile(join(folder, "config.json"), dockerConfig(host, login), account);
    const env = login === undefined ? {} : { DOCKER_CONFIG: folder };
    return await work(async (args) => {
      const ended = await execa(program, args, { env, stdin: "ignore", reject: false, all: true });
      return { failed: ended.failed, said: ended.all };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @throws Failure with the remedy where these signers have not signed the image. */
export async function needSigned(
  cosign: Cosign,
  signers: Signers,
  image: SignedImage,
): Promise<void> {
  const { failed, said } = await cosign(verifyArgs(signers, image));
  if (failed) throw new Failure(unsigned(image, signers, said));
}
