import type { Environment } from "../../lib/stack/environment.ts";
import { ACCOUNT } from "../data-store.ts";
import type { Subject } from "./places.ts";

/** What a person is to know of the bucket of data, which a move of artifacts leaves where it is; undefined where there is none. */
export async function noteOfData(
  { kubectl, namespace }: Pick<Environment, "kubectl" | "namespace">,
  subject: Subject,
): Promise<string | undefined> {
  if (subject !== "artifacts") return undefined;
  const get = ["-n", namespace, "get", "secret", ACCOUNT, "-o", "name", "--ignore-not-found"];
  const { stdout } = await kubectl(get);
  if (stdout.trim() === "") return undefined;
  return (
    "NOT moved: the bucket of data, with snapshots, predictions, labels and batches. It stays at the old place, " +
    "where nothing looks for it after the deployment: see docs/runbooks/move-data.md, The bucket of data"
  );
}
