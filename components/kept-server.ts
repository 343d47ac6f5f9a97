import type * as pulumi from "@pulumi/pulumi";
import { Credentials } from "./credentials.ts";
import { DataVolume, type DataVolumeArgs } from "./data-volume.ts";
import type { Environment } from "./environment.ts";

export interface KeptServerArgs {
  namespace: Environment;
  settings: Omit<DataVolumeArgs, "namespace">;
  /** The server's administrator. */
  username: string;
}

/**
 * What a server of ours has that outlives it: its volume, and its administrator's password. All that is left of it where
 * data moved away.
 */
export function keptServer(
  name: string,
  { namespace, settings, username }: KeptServerArgs,
  parent: pulumi.Resource,
): { admin: Credentials; data: DataVolume } {
  const admin = new Credentials(`${name}-admin`, { namespace, of: name, username }, { parent });
  return { admin, data: new DataVolume(name, { namespace, ...settings }, parent) };
}
