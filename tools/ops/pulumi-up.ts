import { execa } from "execa";
import { parse } from "yaml";
import { readFile } from "node:fs/promises";
import { Failure } from "../local/failure.ts";
import type { PulumiCall } from "./access.ts";

/** What Pulumi complains about, and what to do; the first that fits. */
const HINTS: [RegExp, string][] = [
  [
    /currently locked by|another update is currently in progress|conflict: Another update/i,
    "the stack is locked: another `up` runs, or one was interrupted. If none runs: `pulumi cancel`, then " +
      "docs/runbooks/interrupted-up.md",
  ],
  [
    /incorrect passphrase/i,
    "PULUMI_CONFIG_PASSPHRASE is not the one that the stack's secrets were encrypted with",
  ],
  [
    /passphrase must be set|PULUMI_CONFIG_PASSPHRASE/,
    "the passphrase is missing: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  ],
  [
    /no stack named|stack '.*' not found/i,
    "the state has no such stack: `pulumi stack init`, or set PULUMI_BACKEND_URL to where its state lies",
  ],
  [/pending operations/i, "an earlier `up` was interrupted: docs/runbooks/interrupted-up.md"],
  [
    /conflict(s)? with|field manager conflict|Apply failed with \d+ conflict/i,
    "somebody else changed the same fields in the cluster: `pulumi preview --refresh --diff` shows the drift; " +
      "deploy with --refresh to take it into account",
  ],
  [
    /Unauthorized|the server has asked for the client to provide credentials|PULUMI_ACCESS_TOKEN/,
    "a token is missing or has expired: log in again, to the cluster or to Pulumi's state",
  ],
];

/** What to do about a failed run, if its output tells. */
export function hintOf(output: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(output))?.[1];
}

/** @throws Failure where the stack file needs a passphrase and none is set. */
export async function needPassphrase(call: PulumiCall, configFile: string): Promise<void> {
  const env = { ...process.env, ...call.env };
  const file = parse(await readFile(configFile, "utf8")) as Record<string, unknown>;
  if (file["encryptionsalt"] === undefined) return;
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined || env["PULUMI_CONFIG_PASSPHRASE_FILE"]) return;
  throw new Failure(
    "the stack's secrets are encrypted with a passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  );
}

/**
 * Runs `pulumi up`, shown as it goes.
 *
 * @param cwd checkout to run, @param configFile its stack file.
 * @throws Failure with what to do, where that is known.
 */
export async function pulumiUp(
  call: PulumiCall,
  { cwd, configFile, refresh = false }: { cwd: string; configFile: string; refresh?: boolean },
): Promise<void> {
  const { command, env, stack } = call;
  const args = ["up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : [])];
  const both = ["inherit", "pipe"] as const;
  const run = await execa(command, [...args, ...stack, "--config-file", configFile], {
    ...{ cwd, env, reject: false, all: true, stdin: "ignore" },
    ...{ stdout: both, stderr: both },
  });
  if (!run.failed) return;
  const hint = hintOf(run.all) ?? "its last lines say why";
  throw new Failure(`\`pulumi up\` of ${stack[1] ?? ""} failed: ${hint}`);
}

/** Shows what `up` would change. */
export async function pulumiPreview(
  { command, env, stack, config }: PulumiCall,
  cwd: string,
): Promise<void> {
  const both = ["inherit", "pipe"] as const;
  const run = await execa(command, ["preview", ...stack, ...config], {
    ...{ cwd, env, reject: false, all: true, stdin: "ignore" },
    ...{ stdout: both, stderr: both },
  });
  if (run.failed) throw new Failure(`\`pulumi preview\` failed: ${hintOf(run.all) ?? ""}`);
}

/** Images of the last `up`, as `slipway:pins` takes them. */
export async function livePins(
  { command, env, stack }: PulumiCall,
  cwd: string,
): Promise<Record<string, string>> {
  const { stdout } = await execa(command, ["stack", "output", "--json", ...stack], { cwd, env });
  const { pins = {} } = JSON.parse(stdout) as { pins?: Record<string, string> };
  return pins;
}
