/** Command line of `npm run gitops`: commits what Argo CD is to sync to the stack's branch, and pushes it with `--push`. */
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { runCommand } from "../lib/command.ts";
import { withCosign } from "../lib/cosign.ts";
import { renderStack } from "../lib/program/manifests.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { stackLogin } from "../lib/stack/registry-login.ts";
import { rawStack } from "../lib/stack/stack-file.ts";
import { ROOT } from "../lib/paths.ts";
import { branchOf, publish } from "./branch.ts";
import { gitopsFiles } from "./files.ts";
import { digestOf } from "./registry.ts";
import { signedDigest } from "./signed-digest.ts";

const USAGE =
  "usage: npm run gitops -- --stack NAME [--push] [--remote origin] [--older] [--config-file FILE]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      remote: { type: "string", default: "origin" },
      push: { type: "boolean", default: false },
      older: { type: "boolean", default: false },
      "config-file": { type: "string" },
    },
  });
  const { stack, remote, push, older } = values;
  if (!stack) throw new Failure(`--stack is needed\n${USAGE}`, 2);
  const { delivery, build, registry } = readStack(stack, values["config-file"]);
  if (delivery !== "argocd") {
    // No failure: a pipeline calls this for every stack, whoever applies its serving objects.
    process.stdout.write(
      `${stack}: delivery is ${delivery}: nothing to commit; docs/argocd.md switches to argocd\n`,
    );
    return;
  }
  const login = () => stackLogin(stack, values["config-file"]);
  const rendering = await renderStack(stack, rawStack(stack, values["config-file"]));
  const ask = (reference: string) => digestOf(reference, login);
  const { signedBy } = build;
  const { files, images } =
    signedBy && registry
      ? await withCosign(registry.host, await login(), (cosign) =>
          gitopsFiles(rendering, signedDigest(ask, cosign, signedBy)),
        )
      : await gitopsFiles(rendering, ask);
  const publication = { root: ROOT, stack, remote, push, older, files, images };
  const { commit, subject, changed } = await publish(publication);
  const state = changed
    ? push
      ? `pushed to ${withoutLogin(remote)}`
      : "not pushed: add --push"
    : "unchanged";
  process.stdout.write(
    `${branchOf(stack)} is at ${commit.slice(0, 7)} "${subject}", ${state}; ${files.size} files\n`,
  );
});

/** A remote's URL may hold a token, which no log should have. */
function withoutLogin(remote: string): string {
  return remote.replace(/\/\/[^/@]*@/, "//");
}
