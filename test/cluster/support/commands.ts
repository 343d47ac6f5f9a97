import assert from "node:assert/strict";
import { execa } from "execa";
import { ROOT } from "../../../tools/lib/paths.ts";
import { objects, predict } from "./sandbox.ts";

/** Runs a command as a person does; gives all that it printed. */
export async function npm(command: string, ...args: string[]): Promise<string> {
  const all = ["run", "--silent", command, "--", "--stack", "sandbox", ...args];
  const { all: output } = await execa("npm", all, { cwd: ROOT, all: true });
  for (const secret of await passwords())
    assert.ok(!output.includes(secret), `${command} tells a secret`);
  return output;
}

/** Every password of the environment. */
async function passwords(): Promise<string[]> {
  const secrets = await objects<{ data?: Record<string, string> }>("secrets");
  return secrets
    .flatMap(({ data = {} }) => [data["password"] ?? ""])
    .filter((text) => text !== "")
    .map((text) => Buffer.from(text, "base64").toString());
}

/** Version of the diabetes model that answers. */
export async function servedVersion(): Promise<string> {
  return ((await predict()) as { model: { version: string } }).model.version;
}
