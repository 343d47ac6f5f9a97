import { kubectl } from "./sandbox.ts";
import { ELSEWHERE, startElsewhere } from "./elsewhere.ts";

const ACCOUNT = { accessKey: "team-backups", secretKey: "a-long-password" };

/** Starts an S3 that has nothing to do with the environment; gives it as `slipway:backup.to` says. */
export async function bucketElsewhere(): Promise<Record<string, string>> {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const image = await kubectl("get", "statefulset", "object-store-seaweedfs", "-o", path);
  const run = `mkdir -p /tmp/data /tmp/clients && printf ${ACCOUNT.secretKey} >/tmp/clients/${ACCOUNT.accessKey} && exec /app/bin/seaweedfs-server`;
  await startElsewhere("store", 8333, {
    ...{ image, command: ["/bin/sh", "-c", run] },
    env: [
      { name: "DATA_DIR", value: "/tmp/data" },
      { name: "CLIENTS_DIR", value: "/tmp/clients" },
    ],
  });
  const endpoint = `http://store.${ELSEWHERE}.svc:8333`;
  return { kind: "s3", endpoint, bucket: ACCOUNT.accessKey, ...ACCOUNT };
}
