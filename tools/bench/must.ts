import { Failure } from "../lib/failure.ts";
import { run } from "../lib/run.ts";

/** What a command printed. @throws Failure with its complaints where it fails. */
export async function must(
  argv: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(argv, env);
  if (code !== 0) throw new Failure(`${argv.join(" ")} ended with ${code}:\n${stderr}`);
  return stdout;
}
