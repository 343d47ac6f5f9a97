import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ArgoCd } from "./argo-cd.ts";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledConfig } from "./config/settled.ts";
import { type Base, type SignedBase, backUp, rest, watch } from "./day-two.ts";
import { closeLoop, needsData } from "./closed-loop.ts";
import { DataGuard, heldData } from "./data-guard.ts";
import { Endpoint, externalHost } from "./endpoint.ts";
import { guarded, loginOf } from "./guarded.ts";
import { demoPrediction, portForward } from "./lib/commands.ts";
import { type ModelFile, readModel } from "./lib/model-file.ts";
import { warnOfReplacedSecrets } from "./lib/mutable-secrets.ts";
import { skipAwait } from "./lib/skip-await.ts";
import { Mlflow } from "./mlflow.ts";
import { ModelSigning } from "./model-signing.ts";
import type { Monitoring } from "./monitoring.ts";
import { ObjectStore } from "./object-store.ts";
import { builtImages, givenImages } from "./platform-images.ts";
import { PlatformNamespace } from "./platform-namespace.ts";
import { Postgres } from "./postgres.ts";
import { PredictionApi, apiReference } from "./prediction-api.ts";
import { pushTarget } from "./pushgateway.ts";
import { PredictionCheck } from "./prediction-check.ts";
import { type SlipwayOutputs, stackOutputs } from "./stack-outputs.ts";
import { TrainingJob } from "./training-job.ts";
import { WebUi } from "./web-ui.ts";
import { NODE_PORTS, apiName, trainingName } from "./well-known.ts";

/** The keys of docs/configuration.md, and what a stack file need not say. */
export interface SlipwayArgs extends StackArgs {
  /** Folder of the model YAMLs that `models` names, relative to the working directory. @default `models` */
  modelFolder?: string;
  /** A clone of Slipway: our own images are built from its folders. @default none, and `pins` names each image */
  checkout?: string;
  /** Context of the kubeconfig by which each API is asked for a prediction. @default the current one */
  context?: string | undefined;
}

/**
 * The whole platform of one environment, `<name>-<stack>`: database, tracking, training and serving of each model, page,
 * monitoring. Several live in one program.
 */
export class Slipway extends pulumi.ComponentResource {
  /** Where everything lives. */
  readonly namespace: PlatformNamespace;
  readonly database: Postgres;
  readonly objectStore: ObjectStore;
  readonly mlflow: Mlflow;
  readonly monitoring: Monitoring;
  /** The prediction APIs by model; none where Argo CD delivers them. */
  readonly apis: Readonly<Record<string, PredictionApi>>;
  /** What a program passes on as its own outputs. */
  readonly outputs: SlipwayOutputs;

  /** @throws RunError that lists everything that is wrong with the arguments, before anything is registered. */
  constructor(name: string, args: SlipwayArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { modelFolder = "models", checkout, context, ...keys } = args;
    const folder = { path: resolve(modelFolder), shown: modelFolder };
    const clone = checkout !== undefined;
    const config = settledConfig(name, keys, { models: folder, clone });
    const environment = `${name}-${pulumi.getStack()}`;
    const held = heldData(config, config.namespace ?? environment);
    const guard = new DataGuard(held, config.allowDataLoss);
    const transformations = [
      ...(opts.transformations ?? []),
      ...(config.wait ? [] : [skipAwait]),
      guard.wait,
    ];
    // An URN says of the components around a resource their types alone, and children of one name live in each Slipway
    // (docs/adr/0027-slipway-is-a-component.md).
    super(`slipway:platform/${name}:Slipway`, name, {}, { ...opts, transformations });
    if (!opts.provider && !opts.providers) warnOfReplacedSecrets();
    // First, as an edit may lose data, and git may not know what images are: then nothing is touched.
    guard.begin(name, this);
    const images = clone ? builtImages(config, checkout, this) : givenImages(config, this);
    this.namespace = makeNamespace(environment, config, this);
    const base = { config, namespace: this.namespace, images, child: { parent: this } };

    const entries = config.models.map((entry) => ({
      ...entry,
      model: readModel(folder, entry.file),
    }));
    const tracking = track(base, needsData(entries));
    this.database = tracking.database;
    this.objectStore = tracking.objectStore;
    this.mlflow = tracking.mlflow;
    const settings = config.signing;
    const signing = new ModelSigning("model-signing", { ...base, settings }, base.child);
    const models = train({ ...base, signing }, tracking, entries);
    const { monitoring, url: grafanaUrl } = watch(base, tracking, models);
    this.monitoring = monitoring;
    backUp({ ...base, signing }, tracking, models, this.monitoring);
    const { data } = this.objectStore;
    if (data) closeLoop({ ...base, signing }, tracking, data, models, this.monitoring);
    rest(base, models);
    const { grafana } = monitoring;
    const outputs = stackOutputs({ ...base, ...tracking, signing, grafana, grafanaUrl });

    // With Argo CD the serving objects come from what `render` wrote, and have one owner: Argo CD.
    const application = deliver(base);
    if (application) {
      this.apis = {};
      this.outputs = { ...outputs, application };
    } else {
      const { apis, commands, ...served } = serve(
        { ...base, signing },
        { ...tracking, monitoring },
        models,
        context,
      );
      this.apis = apis;
      this.outputs = { ...outputs, ...served, commands: { ...outputs.commands, ...commands } };
    }
    this.registerOutputs(this.outputs);
  }
}

function makeNamespace(name: string, config: StackConfig, parent: pulumi.Resource) {
  const { namespace: existing, quota, platform, protect, allowDataLoss, registry } = config;
  const openshift = platform === "openshift";
  const args = { existing, quota, openshift, protect, allowDataLoss, registry };
  return new PlatformNamespace(name, args, { parent });
}

/** Data, tracking and registry. */
function track({ config, namespace, images, child }: Base, data: boolean) {
  const { movedFrom } = config;
  const kept = { settings: config.database, movedFrom: movedFrom.database };
  const archived = config.backup?.pointInTime !== undefined;
  const postgres = { namespace, ...kept, archived, image: config.images.postgres };
  const database = new Postgres("postgres", postgres, child);
  const objects = { settings: config.objectStore, movedFrom: movedFrom.objectStore };
  const store = { namespace, ...objects, data, image: images.seaweedfs ?? images.minio };
  const objectStore = new ObjectStore("object-store", store, child);

  const settings = config.endpoint;
  const address = { namespace, settings, subdomain: "mlflow", nodePort: NODE_PORTS.mlflow };
  const login = loginOf({ config, namespace, child });
  const mlflow = new Mlflow(
    "mlflow",
    {
      namespace,
      image: images.mlflow,
      database,
      objectStore,
      hosts: settings.kind === "none" ? [] : [externalHost(address)],
      login,
      resources: config.mlflow.resources,
    },
    child,
  );
  const service = guarded(login, mlflow, address);
  const { url } = new Endpoint("mlflow-endpoint", { ...address, service }, child);
  return { database, objectStore, mlflow, login, url };
}

type Tracking = ReturnType<typeof track>;

/** A training of each model, and a reference to the API that will serve it. */
function train(
  { namespace, images, child, signing }: SignedBase,
  { mlflow, objectStore: { data } }: Tracking,
  entries: readonly (StackConfig["models"][number] & { model: ModelFile })[],
) {
  const models = entries.map(({ model, ...entry }) => {
    const { training: image, serving } = images;
    // Also without monitoring, as a Job whose variables change is trained anew.
    const pushgateway = pushTarget(namespace.environment);
    const proven = { image, serving, signing, pushgateway };
    const { retrain } = entry;
    const common = { namespace, mlflow, model, data, retrain, ...proven, ...entry.training };
    const training = new TrainingJob(trainingName(model.name), common, child);
    const api = apiReference(apiName(model.name), namespace, entry.replicas.max);
    const { nodePort = NODE_PORTS.firstModel } = entry;
    return { ...entry, name: model.name, training, api, nodePort };
  });
  // The order in the file means nothing: another one would restart what lists them.
  return models.sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Models = ReturnType<typeof train>;

/** Argo CD's Application, where it delivers. */
function deliver({ config, namespace, child }: Base): pulumi.Output<string> | undefined {
  const { delivery, argocd: settings, wait } = config;
  if (delivery !== "argocd" || settings === undefined) return undefined;
  const branch = `gitops/${pulumi.getStack()}`;
  return new ArgoCd("argocd", { namespace, settings, branch, wait }, child).application;
}

/** An API for each model, asked for a prediction once it runs, and the page in front of them. */
function serve(
  { config, namespace, images, child, signing }: SignedBase,
  tracking: Tracking & { monitoring: Monitoring },
  models: Models,
  context: string | undefined,
) {
  const { auth, endpoint: settings } = config;
  const { mlflow, login, objectStore, monitoring } = tracking;
  const served = models.map(
    ({ name, training, api: { service }, replicas, resources, nodePort, capture }) => {
      const store = objectStore.data;
      const kept = capture && store ? { ...capture, store } : undefined;
      const common = { namespace, mlflow, signing, model: name, replicas, resources, auth };
      const args = { ...common, capture: kept };
      const api = new PredictionApi(service.name, { ...args, image: images.serving }, child);
      const address = { namespace, settings, service, subdomain: name, nodePort };
      const { url, docs } = new Endpoint(`${name}-endpoint`, address, { parent: api });
      if (config.wait) {
        const triggers = [images.serving.tagged, training.job];
        const asked = { namespace, api, context, auth: auth !== undefined };
        new PredictionCheck(name, { ...asked, triggers, after: [training] }, child);
      }
      return { name, api, url, docs };
    },
  );
  const byModel = <T>(value: (one: (typeof served)[number]) => T) =>
    Object.fromEntries(served.map((one) => [one.name, value(one)]));

  const apis = byModel(({ api }) => api);
  const guard = { guarded: login !== undefined };
  const mlflowPage = settings.kind === "none" ? undefined : tracking.url;
  const known = { prometheus: monitoring.prometheus, mlflow, mlflowPage };
  const shown = { apis, docs: byModel(({ docs }) => docs), ...known };
  const page = { namespace, image: images.ui, ...shown, ...guard, ...config.ui };
  const ui = new WebUi("ui", page, child);
  const at = { namespace, settings, nodePort: NODE_PORTS.ui };
  const address = { ...at, service: guarded(login, ui, at) };
  return {
    apis,
    ui: new Endpoint("ui-endpoint", address, { parent: ui }).url,
    models: byModel(({ url }) => url),
    commands: {
      openUi: portForward(namespace.plainName, ui.service),
      predict: byModel(({ url }) => demoPrediction(url, auth !== undefined)),
    },
  };
}
