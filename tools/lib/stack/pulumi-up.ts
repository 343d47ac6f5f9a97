import { execa } from "execa";
import { hasPassphrase } from "./stack-file.ts";
import { join } from "node:path";
import type { PulumiCall } from "./pulumi-call.ts";
import { REFUSED } from "../../../components/data-guard.ts";
import type { Change } from "../changes/change.ts";
import { readEvents } from "../changes/preview-events.ts";
import { tell } from "../tell.ts";
import { Failure } from "../failure.ts";
import { ROOT } from "../paths.ts";

/** Makes `preview` and `up` ask the policy pack. */
export const WITH_POLICIES = ["--policy-pack", join(ROOT, "policy")];

/** What Pulumi says of a state that another run holds. */
export const LOCKED = /currently locked by|another update is currently in progress|Another update/i;

/** For a refresh, which shows what another field manager claims, and alone would fail on it. */
export const FORCE = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };

/** A run that ended before it changed anything: there is nothing to bring back. */
export class Untouched extends Failure {}

/** What Pulumi complains about, and what to do. */
interface Hint {
  said: RegExp;
  remedy: string;
}

/** Said before the first change. */
const BEFORE: Hint[] = [
  {
    said: LOCKED,
    remedy:
      "the stack is locked: another `up` runs, or one was killed. If none runs, deploy with --recover " +
      "(docs/runbooks/interrupted-up.md)",
  },
  {
    said: /incorrect passphrase/i,
    remedy: "PULUMI_CONFIG_PASSPHRASE is not the one that the stack's secrets were encrypted with",
  },
  {
    said: /passphrase must be set/,
    remedy:
      "the passphrase is missing: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  },
  {
    said: /no stack named|stack '.*' not found/i,
    remedy:
      "the state has no such stack: `pulumi stack init`, or set PULUMI_BACKEND_URL to where its state lies",
  },
  {
    said: /pending operations/i,
    remedy: "an earlier `up` was killed: deploy with --recover (docs/runbooks/interrupted-up.md)",
  },
  {
    said: /PULUMI_ACCESS_TOKEN/,
    remedy: "the token for Pulumi's state is missing or has expired: log in again",
  },
  { said: /has \d+ problem\(s\)/, remedy: "its configuration is not valid, see above" },
  {
    said: new RegExp(REFUSED),
    remedy:
      "it would lose data, see above: take the edit back, move the data first, or let it go by name with " +
      "slipway:allowDataLoss (docs/changes.md)",
  },
];

/** Said at any time. */
const MEANWHILE: Hint[] = [
  {
    said: /conflicts? with|field manager conflict|Apply failed with \d+ conflict/i,
    remedy:
      "somebody else claims the same fields in the cluster: `pulumi preview --refresh --diff` shows the drift; " +
      "deploy with --refresh to take them back",
  },
  {
    said: /Unauthorized|the server has asked for the client to provide credentials/,
    remedy: "the cluster's token is missing or has expired: log in again",
  },
  {
    said: /\w+ "[^"]+" already exists/,
    remedy:
      "the cluster has an object of that name which this stack did not make: an earlier deployment of this stack left it, and " +
      "--adopt takes it up (docs/runbooks/take-down.md); or it is somebody else's, " +
      "or another stack's, if that one has the same 'slipway:namespace', which has room for one",
  },
  {
    said: /connect to (any|the) docker daemon/i,
    remedy:
      "no Docker answers, and the images of this stack are built and read with it, in a preview too: start it, or set " +
      "DOCKER_HOST, as Pulumi does not follow `docker context`. Without Docker, `npm run render -- --stack NAME --out DIR` " +
      "shows what would be applied",
  },
  {
    said: /is forbidden: User/,
    remedy:
      "the account lacks a right; inside 'slipway:namespace' the ClusterRole 'edit' is enough (docs/ci.md#a-namespace-that-exists)",
  },
  {
    said: /namespaces "[^"]+" not found/,
    remedy: "the cluster has no such namespace: correct 'slipway:namespace', or have it made",
  },
  {
    said: /no matches for kind|could not find the requested resource/,
    remedy:
      "the cluster does not know that kind of object, as the operator that brings it is not installed: ExternalSecret is of the External Secrets " +
      "Operator (0.16 or later), Cluster of CloudNativePG, HTTPRoute of the Gateway API, ServiceMonitor and PrometheusRule of the Prometheus Operator, " +
      "Certificate of cert-manager",
  },
  {
    said: /snapshot integrity/,
    remedy:
      "the state is out of order, as something that wrote it was killed: `npm run deploy -- --stack NAME --recover` puts it right",
  },
  {
    said: /\[mandatory\]/,
    remedy: "it breaks a policy; the lines above say which, and how to keep it",
  },
];

function remedyOf(hints: Hint[], output: string): string | undefined {
  return hints.find(({ said }) => said.test(output))?.remedy;
}

/** What to do about Pulumi's complaint, where that is known. */
export function hintOf(output: string): string | undefined {
  return remedyOf([...BEFORE, ...MEANWHILE], output);
}

/** The failure that a run's output tells of. */
export function failureOf(what: string, output: string): Failure {
  const before = remedyOf(BEFORE, output);
  if (before !== undefined) return new Untouched(`${what} failed: ${before}`);
  return new Failure(`${what} failed: ${remedyOf(MEANWHILE, output) ?? "its last lines say why"}`);
}

/** @throws Failure where the stack file needs a passphrase and none is set; an empty one is one. */
export function needPassphrase(call: PulumiCall, configFile: string): void {
  const env = { ...process.env, ...call.env };
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined || env["PULUMI_CONFIG_PASSPHRASE_FILE"]) return;
  if (!hasPassphrase(configFile)) return;
  throw new Failure(
    "the stack's secrets are encrypted with a passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  );
}

/**
 * Runs `pulumi up`, shown as it goes.
 *
 * @param cwd checkout to run, @param configFile its stack file, @param refresh read the cluster first and take back what
 * others changed, @param policies ask the policy pack of this checkout, @param targets URNs of what to touch alone,
 * @param replace URNs of what to make anew.
 * @throws Failure with what to do, where that is known.
 */
export async function pulumiUp(
  call: PulumiCall,
  options: {
    cwd: string;
    configFile: string;
    refresh?: boolean;
    policies?: boolean;
    targets?: readonly string[];
    replace?: readonly string[];
  },
): Promise<void> {
  const { command, env, stack } = call;
  const { cwd, configFile, refresh = false, policies = true, targets = [], replace = [] } = options;
  const more = [
    ...(refresh ? ["--refresh"] : []),
    ...(policies ? WITH_POLICIES : []),
    ...targets.flatMap((urn) => ["--target", urn]),
    ...anew(replace),
  ];
  const args = ["up", "--yes", "--skip-preview", ...more];
  const force = refresh ? FORCE : {};
  const both = ["inherit", "pipe"] as const;
  const run = await execa(command, [...args, ...stack, "--config-file", configFile], {
    ...{ cwd, env: { ...env, ...force }, reject: false, all: true, stdin: "ignore" },
    ...{ stdout: both, stderr: both },
  });
  if (!run.failed) return;
  throw failureOf(`\`pulumi up\` of ${stack[1] ?? ""}`, run.all);
}

const anew = (urns: readonly string[]) => urns.flatMap((urn) => ["--replace", urn]);

/** What `up` would change, with `replace` made anew. @throws Failure with what to do, where that is known; what the engine says is shown. */
export async function pulumiPreview(
  { command, env, stack, config }: PulumiCall,
  cwd: string,
  replace: readonly string[] = [],
): Promise<Change[]> {
  const streaming = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  const args = ["preview", "--json", ...WITH_POLICIES, ...anew(replace), ...stack, ...config];
  const run = await execa(command, args, {
    ...{ cwd, env: { ...env, ...streaming }, reject: false, stdin: "ignore", maxBuffer: 2 ** 28 },
    ...{ stdout: "pipe", stderr: ["inherit", "pipe"] },
  });
  const { changes, errors, violations } = readEvents(run.stdout);
  if (!run.failed) return changes;
  const said = [
    ...violations.map(({ level, policy, resource, message }) => {
      return `[${level}] ${policy} (${resource}): ${message}`;
    }),
    ...errors,
  ].join("\n");
  tell(said);
  throw failureOf("`pulumi preview`", `${said}\n${run.stderr}`);
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
