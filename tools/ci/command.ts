import { ExecaError } from "execa";
import { ZodError, prettifyError } from "zod";
import { Failure } from "../local/failure.ts";

/** Runs a command's `main`; its error becomes a message and an exit code. */
export async function command(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = error instanceof Failure ? error.exitCode : 1;
  }
}

/** What a person needs to know of an error. */
export function explain(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (error instanceof ZodError)
    return `an answer is not of the expected form: ${prettifyError(error)}`;
  if (error instanceof ExecaError) {
    const said = [error.stderr, error.stdout].map(String).find((text) => text.trim() !== "") ?? "";
    return `'${error.escapedCommand.slice(0, 160)}' failed (${error.exitCode ?? error.signal ?? error.code ?? ""}): ${withRemedy(said)}`;
  }
  // `parseArgs` names the option in its message.
  return error instanceof Error ? error.message : String(error);
}

/** What tools say of common troubles, and what to do. */
const REMEDIES: [RegExp, string][] = [
  [
    /provide credentials|Unauthorized|invalid_grant|token (is|has) expired|cluster token/i,
    "the cluster refuses the credentials: the token is wrong or has expired; renew the secret KUBECONFIG (docs/ci.md#the-cluster)",
  ],
  [
    /incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE/,
    "the secret PULUMI_CONFIG_PASSPHRASE is missing or not the one that encrypted the stack file (docs/ci.md#the-state)",
  ],
  [
    /PULUMI_ACCESS_TOKEN|invalid access token|\[401\]/,
    "Pulumi Cloud refuses the token: renew the secret PULUMI_ACCESS_TOKEN or check the trust of OIDC (docs/ci.md#the-state)",
  ],
  [
    /no stack named/,
    "the state has no such stack: `npx pulumi stack init NAME` once (docs/ci.md#the-stacks)",
  ],
  [
    /currently locked|is already in progress|Another update/i,
    "another run works on this stack, or one was killed: wait, else `npx pulumi cancel --stack NAME` (docs/runbooks/interrupted-up.md)",
  ],
];

/** `said` with what to do about it, where that is known. */
export function withRemedy(said: string): string {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1];
  return remedy === undefined ? said : `${said.trim()}\n→ ${remedy}`;
}
