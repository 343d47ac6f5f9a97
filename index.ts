import * as pulumi from "@pulumi/pulumi";
import { ArgoCd } from "./components/argo-cd.ts";
import { loadConfig } from "./components/config/load.ts";
import { Endpoint, externalHost } from "./components/endpoint.ts";
import { demoPrediction, portForward, showPassword } from "./components/lib/commands.ts";
import { readModel } from "./components/lib/model-file.ts";
import { skipAwait } from "./components/lib/skip-await.ts";
import { Mlflow } from "./components/mlflow.ts";
import { Monitoring } from "./components/monitoring.ts";
import { ObjectStore } from "./components/object-store.ts";
import { platformImages } from "./components/platform-images.ts";
import { PlatformNamespace } from "./components/platform-namespace.ts";
import { Postgres } from "./components/postgres.ts";
import { PredictionApi, apiPlace } from "./components/prediction-api.ts";
import { PredictionCheck } from "./components/prediction-check.ts";
import { TrainingJob } from "./components/training-job.ts";
import { WebUi } from "./components/web-ui.ts";
import { NODE_PORTS, apiName, trainingName } from "./components/well-known.ts";

const ROOT = import.meta.dirname;

/** The platform of one stack. Pulumi calls it, and so do `render` and the tests. */
export default function slipway() {
  const config = loadConfig();
  if (!config.wait) skipAwait();
  const { auth, endpoint: settings } = config;

  // Where everything lives, and what it is made of.
  const namespace = new PlatformNamespace(`${pulumi.getProject()}-${pulumi.getStack()}`, {
    existing: config.namespace,
    quota: config.quota,
    openshift: config.platform === "openshift",
    protect: config.protect,
    registry: config.registry,
  });
  const images = platformImages(ROOT, config);

  // Data, tracking, registry.
  const database = new Postgres("postgres", {
    namespace,
    settings: config.database,
    image: config.images.postgres,
  });
  const objectStore = new ObjectStore("object-store", {
    namespace,
    settings: config.objectStore,
    image: images.minio,
  });
  const mlflowDoor = { namespace, settings, subdomain: "mlflow", nodePort: NODE_PORTS.mlflow };
  const mlflow = new Mlflow("mlflow", {
    namespace,
    image: images.mlflow,
    database,
    objectStore,
    hosts: settings.kind === "none" ? [] : [externalHost(mlflowDoor)],
    resources: config.mlflow.resources,
  });
  const mlflowEndpoint = new Endpoint("mlflow-endpoint", {
    ...mlflowDoor,
    service: mlflow.service,
  });

  // One training and one place to be served at for each model.
  const models = config.models.map((entry, index) => {
    const model = readModel(ROOT, entry.file);
    const common = { namespace, mlflow, model, image: images.training };
    const training = new TrainingJob(trainingName(model.name), { ...common, ...entry.training });
    const place = apiPlace(apiName(model.name), namespace, entry.replicas.max);
    return { ...entry, name: model.name, training, place, nodePort: NODE_PORTS.firstModel + index };
  });
  const monitoring = new Monitoring("monitoring", {
    namespace,
    settings: config.monitoring,
    images: config.images,
    apis: models.map(({ place }) => place),
  });

  const { plainName } = namespace;
  const grafana = monitoring.grafana?.admin.secret;
  const common = {
    namespace: namespace.name,
    mlflow: mlflowEndpoint.url,
    images: Object.fromEntries(
      Object.entries(images).map(([key, { reference }]) => [key, reference]),
    ),
    pins: Object.fromEntries(Object.entries(images).map(([key, { pin }]) => [key, pin])),
    secrets: { mlflow: mlflow.admin.secret, ...(grafana === undefined ? {} : { grafana }) },
    commands: {
      openMlflow: portForward(plainName, mlflow.service),
      mlflowPassword: mlflow.admin.secret.apply((secret) => showPassword(plainName, secret)),
    },
  };

  // With Argo CD the serving objects come from what `render` wrote, and have one owner: Argo CD.
  if (config.delivery === "argocd" && config.argocd) {
    const branch = `gitops/${pulumi.getStack()}`;
    const { argocd: delivery, wait } = config;
    const argocd = new ArgoCd("argocd", { namespace, settings: delivery, branch, wait });
    return { ...common, application: argocd.application };
  }

  const apis = models.map(({ name, training, replicas, resources, place, nodePort }) => {
    const args = { namespace, mlflow, model: name, replicas, resources, auth };
    const api = new PredictionApi(place.service.name, { ...args, image: images.serving });
    const door = { namespace, settings, service: place.service, subdomain: name, nodePort };
    const endpoint = new Endpoint(`${name}-endpoint`, door, { parent: api });
    if (config.wait) {
      new PredictionCheck(name, {
        api,
        namespace,
        triggers: [images.serving.tagged, training.job],
        after: [training],
        context: new pulumi.Config("kubernetes").get("context"),
        auth: auth !== undefined,
      });
    }
    return { name, api, url: endpoint.url };
  });
  const byModel = <T>(value: (api: (typeof apis)[number]) => T) =>
    Object.fromEntries(apis.map((api) => [api.name, value(api)]));

  const ui = new WebUi("ui", {
    namespace,
    image: images.ui,
    apis: byModel(({ api }) => api),
    ...config.ui,
  });
  const uiDoor = { namespace, settings, service: ui.service, nodePort: NODE_PORTS.ui };
  const uiEndpoint = new Endpoint("ui-endpoint", uiDoor, { parent: ui });

  return {
    ...common,
    ui: uiEndpoint.url,
    models: byModel(({ url }) => url),
    commands: {
      ...common.commands,
      openUi: portForward(plainName, ui.service),
      predict: byModel(({ url }) => demoPrediction(url, auth !== undefined)),
    },
  };
}
