import type { ClusterAccess } from "../lib/kubectl.ts";
import type { ImageBuild } from "./images.ts";

/** A cluster that the sandbox runs on. */
export interface Cluster extends ClusterAccess {
  kind: "context" | "kind" | "source";
  /** Brings it up, with DNS, metrics and a default StorageClass. */
  up: () => Promise<void>;
  /** Makes images known to its nodes without a registry. */
  load: (images: readonly ImageBuild[]) => Promise<void>;
  /** Removes it, or only stops it when its data is to be kept. */
  down: (options: { wipe: boolean }) => Promise<void>;
}
