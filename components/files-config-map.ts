import { isUtf8 } from "node:buffer";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./lib/hash.ts";

/** Files that pods mount. */
export class FilesConfigMap extends k8s.core.v1.ConfigMap {
  /** For the pods' template: other files start other pods. */
  readonly checksum: { "checksum/files": string };

  /**
   * The name stays when the files change, so that an `up` which fails in between leaves nothing in the way of its
   * revert (docs/adr/0012-a-failed-up-can-be-reverted.md).
   *
   * @param files content by key; bytes that are no UTF-8 text become `binaryData`.
   */
  constructor(
    metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> },
    files: Record<string, string | Buffer>,
    opts: pulumi.CustomResourceOptions,
  ) {
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    for (const [key, content] of Object.entries(files)) {
      if (typeof content === "string" || isUtf8(content)) data[key] = content.toString();
      else binaryData[key] = content.toString("base64");
    }
    const binary = Object.keys(binaryData).length === 0 ? {} : { binaryData };
    super(metadata.name, { metadata, data, ...binary }, opts);
    const parts = [data, binaryData].flatMap((each) => Object.entries(each).flat());
    this.checksum = { "checksum/files": contentHash(...parts) };
  }

  /** The files as a volume. */
  volume(name: string, { executable = false } = {}): k8s.types.input.core.v1.Volume {
    const mode = executable ? { defaultMode: 0o555 } : {};
    return { name, configMap: { name: this.metadata.name, ...mode } };
  }
}
