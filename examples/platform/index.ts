import * as pulumi from "@pulumi/pulumi";
import { Slipway, type SlipwayArgs } from "slipway";

const config = new pulumi.Config();

/** The whole platform in the namespace `ml-<stack>`, with a database that the team has already. */
const platform = new Slipway("ml", {
  // Below `models`, beside this program.
  models: [{ file: "wine.yaml", replicas: { min: 1, max: 3 } }],
  pins: config.requireObject<NonNullable<SlipwayArgs["pins"]>>("images"),
  registry: {
    host: "registry.example.com",
    prefix: "my-team/slipway",
    username: "robot",
    password: config.requireSecret("registryPassword"),
  },
  database: {
    kind: "external",
    host: "postgres.example.com",
    addresses: ["10.20.0.0/16"],
    password: config.requireSecret("databasePassword"),
  },
  endpoint: { kind: "ingress", host: "ml.example.com", tls: { clusterIssuer: "letsencrypt" } },
});

export const { namespace, mlflow, ui, models, secrets, commands } = platform.outputs;
