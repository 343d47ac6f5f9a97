import { hintOf } from "../lib/stack/pulumi-up.ts";

/** What tools say of troubles that a run in CI has, and where to mend them. */
const REMEDIES: [RegExp, string][] = [
  [
    /provide credentials|must be logged in|Unauthorized|invalid_grant|token (is|has) expired/i,
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
    /not specified in --target list/,
    "training needs a part of the environment that is not there yet: `npm run deploy` first",
  ],
  [
    /no stack named|stack '.*' not found/i,
    "the state has no such stack: `npx pulumi stack init NAME` once (docs/ci.md#the-stacks)",
  ],
];

/** What a tool said, followed by what to do about it where that is known. */
export function withRemedy(said: string): string {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1] ?? hintOf(said);
  return remedy === undefined ? said : `${said.trim()}\n→ ${remedy}`;
}
