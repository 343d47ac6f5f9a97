import { userInfo } from "node:os";
import { execa } from "execa";
import { ROOT } from "../paths.ts";

/** Who runs this command, for a record: the CI system's account, else git's name, else the machine's. */
export async function who(): Promise<string> {
  const { env } = process;
  const named = [env["GITHUB_ACTOR"], env["GITLAB_USER_LOGIN"]].find(Boolean);
  if (named !== undefined) return named;
  const name = await execa({ cwd: ROOT, reject: false })`git config user.name`;
  return name.stdout || userInfo().username;
}
