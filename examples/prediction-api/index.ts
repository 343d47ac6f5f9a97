import * as pulumi from "@pulumi/pulumi";
import { Endpoint, PredictionApi } from "slipway";

const config = new pulumi.Config();
/** A namespace that is there, with a Secret `mlflow-login` in it (type `kubernetes.io/basic-auth`). */
const namespace = config.require("namespace");

/** Serves the champion of a model that is registered with the MLflow of the team. */
const api = new PredictionApi("churn-api", {
  namespace,
  image: config.require("image"),
  model: "churn",
  mlflow: {
    url: config.require("trackingUrl"),
    addresses: config.requireObject<string[]>("trackingAddresses"),
    secret: "mlflow-login",
  },
  replicas: { min: 2, max: 6, cpuPercent: 60 },
});

const endpoint = new Endpoint(
  "churn",
  {
    namespace,
    service: api.reference.service,
    settings: { kind: "ingress", host: "churn.example.com", tls: { secretName: "churn-tls" } },
  },
  { parent: api },
);

export const { url } = endpoint;
export const inCluster = api.url;
