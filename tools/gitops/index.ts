import { parseArgs } from "node:util";
import { Failure, reasonOf } from "../local/failure.ts";
import { renderStack } from "../render/manifests.ts";
import { readStack } from "../render/stack-file.ts";
import { ROOT } from "../sandbox/paths.ts";
import { branchOf, publish } from "./branch.ts";
import { gitopsFiles } from "./files.ts";
import { digestOf } from "./registry.ts";

const USAGE =
  "npm run gitops -- --stack NAME [--push] [--remote origin] [--older] [--config-file FILE]";

/** `npm run gitops`: commits what Argo CD is to sync to the stack's branch, and pushes it with `--push`. */
try {
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
  if (stack === undefined) throw new Failure(`--stack is needed: ${USAGE}`, 2);
  const config = readStack(stack, values["config-file"]);
  const { delivery = "pulumi" } = config as { delivery?: string };
  if (delivery !== "argocd") {
    throw new Failure(
      `--stack ${stack}: 'slipway:delivery' is ${delivery}, so \`pulumi up\` applies the ` +
        "serving objects; docs/argocd.md says how to switch to argocd",
    );
  }
  const { files, images } = await gitopsFiles(await renderStack(stack, config), digestOf);
  const wish = { root: ROOT, stack, remote, push, older, files, images };
  const { commit, subject, changed } = await publish(wish);
  const state = changed
    ? push
      ? `pushed to ${withoutLogin(remote)}`
      : "not pushed: add --push"
    : "unchanged";
  process.stdout.write(
    `${branchOf(stack)} is at ${commit.slice(0, 7)} "${subject}", ${state}; ${files.size} files\n`,
  );
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exit(error instanceof Failure ? error.exitCode : 1);
}

/** A remote's URL may hold a token, which no log should have. */
function withoutLogin(remote: string): string {
  return remote.replace(/\/\/[^/@]*@/, "//");
}
