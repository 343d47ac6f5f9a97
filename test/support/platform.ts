import type { StackConfig } from "../../components/config/schema.ts";
import { Mlflow } from "../../components/mlflow.ts";
import { ObjectStore } from "../../components/object-store.ts";
import type { PlatformNamespace } from "../../components/platform-namespace.ts";
import { Postgres } from "../../components/postgres.ts";
import { testImage, testNamespace } from "./evaluation.ts";

/** Requests and limit for the component under test. */
export const RESOURCES = { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" };

/** Settings of the bundled parts, as the configuration's defaults give them. */
export const BUNDLED = {
  database: { kind: "bundled", size: "5Gi", resources: { ...RESOURCES, memoryLimit: "512Mi" } },
  objectStore: { kind: "bundled", size: "10Gi", resources: RESOURCES },
} as const satisfies Partial<StackConfig>;

/** The official image that the tests name. */
export const POSTGRES_IMAGE = "docker.io/library/postgres:18.6-bookworm";

/** Everything that a prediction API and a training need around them. */
export function testPlatform(namespace: PlatformNamespace = testNamespace()) {
  const database = new Postgres("postgres", {
    namespace,
    settings: BUNDLED.database,
    image: POSTGRES_IMAGE,
  });
  const objectStore = new ObjectStore("object-store", {
    namespace,
    settings: BUNDLED.objectStore,
    image: testImage("seaweedfs"),
  });
  const mlflow = new Mlflow("mlflow", {
    namespace,
    image: testImage("mlflow"),
    database,
    objectStore,
    resources: RESOURCES,
  });
  return { namespace, database, objectStore, mlflow };
}
