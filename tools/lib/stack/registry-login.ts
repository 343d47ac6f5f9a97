import { execa } from "execa";
import { findPulumi } from "../pulumi-cli.ts";
import { Failure } from "../failure.ts";
import { hintOf } from "./pulumi-up.ts";
import { readStack } from "./read-stack.ts";
import { PROJECT } from "./stack-file.ts";
import { ROOT } from "../paths.ts";

/**
 * The login that `pulumi up` pushes with, `user:password` in base64; undefined where the stack names none. Pulumi decrypts it.
 *
 * @throws Failure where it cannot.
 */
export async function stackLogin(stack: string, file?: string): Promise<string | undefined> {
  const { registry } = readStack(stack, file);
  const { username, password } = registry ?? {};
  if (username === undefined || password === undefined) return undefined;
  const pulumi = await findPulumi();
  if (pulumi === undefined) return undefined;
  const path = ["config", "get", "--path", `${PROJECT}:registry.password`];
  const where = ["--stack", stack, ...(file === undefined ? [] : ["--config-file", file])];
  const got = await execa(pulumi, [...path, ...where, "--non-interactive"], {
    ...{ cwd: ROOT, stdin: "ignore", reject: false },
  });
  if (!got.failed) return Buffer.from(`${username}:${got.stdout}`).toString("base64");
  throw new Failure(
    `the password of ${PROJECT}:registry cannot be read: ${hintOf(got.stderr) ?? got.stderr}`,
  );
}
