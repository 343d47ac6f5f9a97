import * as pulumi from "@pulumi/pulumi";
import { ArgoCd } from "./components/argo-cd.ts";
import { loadConfig } from "./components/config.ts";
import { Endpoint, externalHost } from "./components/endpoint.ts";
import { Image } from "./components/image.ts";
import { headOf, revisionOf } from "./components/lib/git.ts";
import { MODELS, readModel } from "./components/lib/model-file.ts";
import { skipAwait } from "./components/lib/skip-await.ts";
import { Mlflow } from "./components/mlflow.ts";
import { Monitoring } from "./components/monitoring.ts";
import { ObjectStore } from "./components/object-store.ts";
import { PlatformNamespace } from "./components/platform-namespace.ts";
import { Postgres } from "./components/postgres.ts";
import { PredictionApi } from "./components/prediction-api.ts";
import { PredictionCheck } from "./components/prediction-check.ts";
import { TrainingJob } from "./components/training-job.ts";
import { WebUi } from "./components/web-ui.ts";

const ROOT = import.meta.dirname;

/** Well-known ports on every node, with `endpoint: nodePort`; further models follow the first. */
const NODE_PORTS = { mlflow: 30500, model: 30800, ui: 30851 };

/** The platform. One call evaluates the whole stack; `render` and the tests call it as Pulumi does. */
export default function slipway() {
  const config = loadConfig();
  if (!config.wait) skipAwait();
  const name = `${pulumi.getProject()}-${pulumi.getStack()}`;
  const { registry, endpoint: settings } = config;

  const { username, password } = registry ?? {};
  const namespace = new PlatformNamespace(name, {
    quota: config.quota,
    openshift: config.platform === "openshift",
    protect: config.protect,
    registry: registry && username && password ? { host: registry.host, username, password } : undefined,
  });

  const head = headOf(ROOT);
  const { args: buildArgs, platform, network } = config.build;
  const image = (image: string, context: string, ...without: string[]) => {
    const revision = revisionOf(ROOT, [context, ...without.map((path) => `:(exclude)${path}`)]);
    return new Image(image, { context, revision, registry, head, platform, buildArgs, network });
  };
  const images = {
    // The model YAMLs are mounted: another parameter is another Job, not another image.
    training: image("training", "training", MODELS),
    serving: image("serving", "serving"),
    ui: image("ui", "ui"),
    mlflow: image("mlflow", "images/mlflow"),
    minio: image("minio", "images/minio"),
  };

  const database = new Postgres("postgres", { namespace, settings: config.database, image: config.images.postgres });
  const objectStore = new ObjectStore("object-store", { namespace, settings: config.objectStore, image: images.minio });
  const door = { namespace, settings, subdomain: "mlflow", nodePort: NODE_PORTS.mlflow };
  const mlflow = new Mlflow("mlflow", {
    namespace,
    image: images.mlflow,
    database,
    objectStore,
    hosts: settings.kind === "none" ? [] : [externalHost(door)],
    resources: config.mlflow.resources,
  });
  const mlflowEndpoint = new Endpoint("mlflow", { ...door, service: mlflow.service }, { parent: mlflow });

  const models = config.models.map((entry, index) => {
    const model = readModel(ROOT, entry.file);
    const training = new TrainingJob(`${model.name}-training`, {
      namespace,
      image: images.training,
      mlflow,
      model,
      ...entry.training,
    });
    return { ...entry, model, training, nodePort: NODE_PORTS.model + index };
  });

  const outputs = {
    namespace: namespace.name,
    mlflow: mlflowEndpoint.url,
    secrets: { mlflow: mlflow.admin.secret },
    images: Object.fromEntries(Object.entries(images).map(([key, { reference }]) => [key, reference])),
  };
  // With Argo CD the serving objects come from what `render` wrote, and have one owner: Argo CD.
  if (config.delivery === "argocd" && config.argocd) {
    const branch = `gitops/${pulumi.getStack()}`;
    const argocd = new ArgoCd("argocd", { namespace, settings: config.argocd, branch });
    return { ...outputs, application: argocd.application };
  }

  const apis = models.map(({ model, training, replicas, resources, nodePort }) => {
    const auth = config.auth?.issuer && config.auth.audience ? { issuer: config.auth.issuer, audience: config.auth.audience } : undefined;
    const args = { namespace, image: images.serving, mlflow, model: model.name, replicas, resources, auth };
    const api = new PredictionApi(`${model.name}-api`, args);
    const endpoint = new Endpoint(
      api.service.name,
      { namespace, service: api.service, settings, subdomain: model.name, nodePort },
      { parent: api },
    );
    if (config.wait) {
      new PredictionCheck(model.name, {
        namespace,
        api,
        triggers: [images.serving.tagged, training.job],
        after: [training],
        context: new pulumi.Config("kubernetes").get("context"),
        auth: auth !== undefined,
      });
    }
    return { name: model.name, api, url: endpoint.url };
  });
  const ui = new WebUi("ui", {
    namespace,
    image: images.ui,
    apis: Object.fromEntries(apis.map(({ name, api }) => [name, api])),
    ...config.ui,
  });
  const page = { namespace, service: ui.service, settings, nodePort: NODE_PORTS.ui };
  const uiEndpoint = new Endpoint("ui", page, { parent: ui });
  const monitoring = new Monitoring("monitoring", {
    namespace,
    settings: config.monitoring,
    images: config.images,
    apis: apis.map(({ api }) => api),
  });

  return {
    ...outputs,
    ui: uiEndpoint.url,
    models: Object.fromEntries(apis.map(({ name, url }) => [name, url])),
    secrets: { ...outputs.secrets, grafana: monitoring.grafana?.admin.secret },
  };
}
