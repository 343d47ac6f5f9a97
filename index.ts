import * as pulumi from "@pulumi/pulumi";
import { ArgoCd } from "./components/argo-cd.ts";
import { loadConfig } from "./components/config/load.ts";
import type { StackConfig } from "./components/config/schema.ts";
import { guardData, heldData } from "./components/data-guard.ts";
import { Endpoint, externalHost } from "./components/endpoint.ts";
import { demoPrediction, portForward } from "./components/lib/commands.ts";
import { inspectable } from "./components/lib/inspectable.ts";
import { readModel } from "./components/lib/model-file.ts";
import { skipAwait } from "./components/lib/skip-await.ts";
import { Mlflow } from "./components/mlflow.ts";
import { Monitoring } from "./components/monitoring.ts";
import { ObjectStore } from "./components/object-store.ts";
import { platformImages } from "./components/platform-images.ts";
import { PlatformNamespace } from "./components/platform-namespace.ts";
import { Postgres } from "./components/postgres.ts";
import { PredictionApi, apiReference } from "./components/prediction-api.ts";
import { PredictionCheck } from "./components/prediction-check.ts";
import { stackOutputs } from "./components/stack-outputs.ts";
import { TrainingJob } from "./components/training-job.ts";
import { WebUi } from "./components/web-ui.ts";
import { NODE_PORTS, apiName, trainingName } from "./components/well-known.ts";

const ROOT = import.meta.dirname;

/** The platform of one stack. Pulumi calls it, and so do `render` and the tests. */
export default function slipway() {
  try {
    return platform();
  } catch (error) {
    throw inspectable(error);
  }
}

function platform() {
  const base = prepare(loadConfig());
  const tracking = track(base);
  const models = train(base, tracking);
  const { grafana } = watch(base, models);
  const { commands, ...outputs } = stackOutputs({ ...base, ...tracking, grafana });

  // With Argo CD the serving objects come from what `render` wrote, and have one owner: Argo CD.
  const { namespace, config } = base;
  if (config.delivery === "argocd" && config.argocd) {
    const branch = `gitops/${pulumi.getStack()}`;
    const args = { namespace, settings: config.argocd, branch, wait: config.wait };
    return { ...outputs, commands, application: new ArgoCd("argocd", args).application };
  }
  const served = serve(base, tracking, models);
  return { ...outputs, ...served, commands: { ...commands, ...served.commands } };
}

/** Where everything lives, and what it is made of. */
function prepare(config: StackConfig) {
  if (!config.wait) skipAwait();
  const name = `${pulumi.getProject()}-${pulumi.getStack()}`;
  // First, as an edit may lose data, and git may not know what images are: then nothing is touched.
  guardData(heldData(config, config.namespace ?? name), config.allowDataLoss);
  const images = platformImages(ROOT, config);
  const namespace = new PlatformNamespace(name, {
    existing: config.namespace,
    quota: config.quota,
    openshift: config.platform === "openshift",
    protect: config.protect,
    allowDataLoss: config.allowDataLoss,
    registry: config.registry,
  });
  return { config, namespace, images };
}

type Base = ReturnType<typeof prepare>;

/** Data, tracking and registry. */
function track({ config, namespace, images }: Base) {
  const data = { namespace, settings: config.database, image: config.images.postgres };
  const database = new Postgres("postgres", data);
  const store = { namespace, settings: config.objectStore, image: images.minio };
  const objectStore = new ObjectStore("object-store", store);

  const settings = config.endpoint;
  const address = { namespace, settings, subdomain: "mlflow", nodePort: NODE_PORTS.mlflow };
  const mlflow = new Mlflow("mlflow", {
    namespace,
    image: images.mlflow,
    database,
    objectStore,
    hosts: settings.kind === "none" ? [] : [externalHost(address)],
    resources: config.mlflow.resources,
  });
  const { url } = new Endpoint("mlflow-endpoint", { ...address, service: mlflow.service });
  return { mlflow, url };
}

type Tracking = ReturnType<typeof track>;

/** A training of each model, and a reference to the API that will serve it. */
function train({ config, namespace, images }: Base, { mlflow }: Tracking) {
  const models = config.models.map((entry) => {
    const model = readModel(ROOT, entry.file);
    const common = { namespace, mlflow, model, image: images.training };
    const training = new TrainingJob(trainingName(model.name), { ...common, ...entry.training });
    const api = apiReference(apiName(model.name), namespace, entry.replicas.max);
    const { nodePort = NODE_PORTS.firstModel } = entry;
    return { ...entry, name: model.name, training, api, nodePort };
  });
  // The order in the file means nothing: another one would restart what lists them.
  return models.sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Models = ReturnType<typeof train>;

/** Metrics, alerts and dashboards of the APIs. */
function watch({ config, namespace }: Base, models: Models) {
  const apis = models.map(({ api }) => api);
  const { monitoring: settings, images } = config;
  return new Monitoring("monitoring", { namespace, settings, images, apis });
}

/** An API for each model, asked for a prediction once it runs, and the page in front of them. */
function serve({ config, namespace, images }: Base, { mlflow }: Tracking, models: Models) {
  const { auth, endpoint: settings } = config;
  const context = new pulumi.Config("kubernetes").get("context");
  const apis = models.map(({ name, training, api: { service }, replicas, resources, nodePort }) => {
    const args = { namespace, mlflow, model: name, replicas, resources, auth };
    const api = new PredictionApi(service.name, { ...args, image: images.serving });
    const address = { namespace, settings, service, subdomain: name, nodePort };
    const { url } = new Endpoint(`${name}-endpoint`, address, { parent: api });
    if (config.wait) {
      const triggers = [images.serving.tagged, training.job];
      const asked = { namespace, api, context, auth: auth !== undefined };
      new PredictionCheck(name, { ...asked, triggers, after: [training] });
    }
    return { name, api, url };
  });
  const byModel = <T>(value: (api: (typeof apis)[number]) => T) =>
    Object.fromEntries(apis.map((api) => [api.name, value(api)]));

  const page = { namespace, image: images.ui, apis: byModel(({ api }) => api), ...config.ui };
  const ui = new WebUi("ui", page);
  const address = { namespace, settings, service: ui.service, nodePort: NODE_PORTS.ui };
  return {
    ui: new Endpoint("ui-endpoint", address, { parent: ui }).url,
    models: byModel(({ url }) => url),
    commands: {
      openUi: portForward(namespace.plainName, ui.service),
      predict: byModel(({ url }) => demoPrediction(url, auth !== undefined)),
    },
  };
}
