/** What `import … from "slipway"` gives: docs/library.md. */
export { ArgoCd, type ArgoCdArgs } from "./argo-cd.ts";
export { BatchJob, type BatchJobArgs } from "./batch-job.ts";
export type { CaptureArgs } from "./data-client.ts";
export { Endpoint, type EndpointArgs, type ExposedService } from "./endpoint.ts";
export type { ExistingNamespace, Namespace } from "./environment.ts";
export type { ImageInput, ImageReference } from "./lib/image-reference.ts";
export type { ModelFile } from "./lib/model-file.ts";
export type { Access } from "./lib/network.ts";
export type { Resources } from "./lib/pod.ts";
export {
  type BucketConnection,
  type DatabaseConnection,
  Mlflow,
  type MlflowArgs,
} from "./mlflow.ts";
export { type Guarded, PeopleLogin, type PeopleLoginArgs } from "./people-login.ts";
export { MonitoringJob, type MonitoringJobArgs } from "./monitoring-job.ts";
export { ModelSigning, type ModelSigningArgs } from "./model-signing.ts";
export { Monitoring, type MonitoringArgs } from "./monitoring.ts";
export {
  type BucketClient,
  type DataStore,
  ObjectStore,
  type ObjectStoreArgs,
} from "./object-store.ts";
export { PlatformNamespace, type PlatformNamespaceArgs, type Quota } from "./platform-namespace.ts";
export { type DatabaseClient, Postgres, type PostgresArgs } from "./postgres.ts";
export {
  type ApiReference,
  PredictionApi,
  type PredictionApiArgs,
  apiReference,
} from "./prediction-api.ts";
export { PredictionCheck, type PredictionCheckArgs } from "./prediction-check.ts";
export type { Registry } from "./registry.ts";
export { Slipway, type SlipwayArgs } from "./slipway.ts";
export type { SlipwayOutputs } from "./stack-outputs.ts";
export type { TrackingServer } from "./tracking-client.ts";
export { TrainingJob, type TrainingJobArgs } from "./training-job.ts";
export { WebUi, type WebUiArgs } from "./web-ui.ts";
