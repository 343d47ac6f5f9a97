import path from "node:path";
import process from "node:process";
import { fullVersion, GitError, sourceVersion } from "../../components/lib/git.ts";

/** What `python -m training` is told of this checkout: the identity of its code, and how to try a model on serving. */
export function trainingEnv(root: string): Record<string, string> {
  const check = [process.execPath, "--import", "tsx", path.join(root, "serving/src/check.ts")];
  return {
    GIT_SHA: trainingVersion(root),
    // Python splits it as a shell would.
    SLIPWAY_SERVING_CHECK: check.map((part) => `'${part.replaceAll("'", `'"'"'`)}'`).join(" "),
  };
}

/** What makes the training code's identity; a model YAML has its own place in the idempotency key. */
const TRAINING_CODE = ["training/src", "training/requirements.lock"];

/** Identity of the training code; a copy without git history (an unpacked archive) has none. */
function trainingVersion(root: string): string {
  try {
    return fullVersion(sourceVersion(root, TRAINING_CODE));
  } catch (error) {
    if (error instanceof GitError) return "unknown";
    throw error;
  }
}
