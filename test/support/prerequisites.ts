import { NO_SERVER, serverPrograms } from "./api-server.ts";
import { findPulumi } from "./workspace.ts";

/**
 * What tests need to run the real Pulumi CLI against a bare Kubernetes API.
 *
 * @returns also the reason why they must be skipped here; empty when both are there.
 */
export function prerequisites(plugins?: Parameters<typeof findPulumi>[0]) {
  const cli = findPulumi(plugins);
  const programs = serverPrograms();
  const missing = programs ? "" : NO_SERVER;
  return { cli, programs, reason: "missing" in cli ? cli.missing : missing };
}
