import { execa } from "execa";
import { ROOT } from "./workflow-files.ts";

/** What a script wrote, and how it ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs an npm script as a workflow does, with nothing of this machine's environment in its environment. */
export async function npm(
  script: string,
  args: string[] = [],
  {
    env = {},
    cwd = ROOT,
    input = "",
  }: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
): Promise<Ended> {
  const { HOME, PATH, TMPDIR, PULUMI_HOME } = process.env;
  const ended = await execa("npm", ["run", "--silent", script, "--", ...args], {
    cwd,
    input,
    env: { HOME, PATH, TMPDIR, PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK: "true", ...env },
    extendEnv: false,
    reject: false,
    timeout: 300_000,
  });
  return { code: ended.exitCode ?? 1, stdout: ended.stdout, stderr: ended.stderr };
}
