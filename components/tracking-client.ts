import * as pulumi from "@pulumi/pulumi";
import { type Login, loginIn, loginVolume } from "./credentials.ts";
import { hostOf, portOf } from "./lib/network.ts";
import { readOnly } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { PodParts } from "./pod-parts.ts";
import { type Leads, type Outside, accessOutside } from "./outside.ts";

/** An MLflow that a team has already, wherever it runs. */
export interface TrackingServer extends Leads {
  /** Its address, e.g. `https://mlflow.example.com` or `http://mlflow.ml-team:5000`. */
  url: pulumi.Input<string>;
  /**
   * Name of a Secret beside whoever uses the server, with the keys `username` and `password` (type `kubernetes.io/basic-auth`).
   * @default the server asks for no login
   */
  secret?: pulumi.Input<string>;
  /** Port to be let out to: that of its pods, where its Service has another. @default the port in `url` */
  port?: number;
}

const MOUNT = readOnly("mlflow", "/run/secrets/mlflow");

/**
 * A client of MLflow, with the account of that name where the server is our own.
 *
 * @throws ResourceError where it cannot be known to where, and to which port, it must be let out.
 */
export function trackingClient(
  mlflow: Mlflow | TrackingServer,
  account: "training" | "serving",
  owner: pulumi.Resource,
): PodParts {
  const own = account in mlflow ? (mlflow as Mlflow) : undefined;
  const login = own ? own[account] : loginOf(mlflow);
  return {
    variables: {
      MLFLOW_TRACKING_URI: mlflow.url,
      ...(login && {
        MLFLOW_TRACKING_USERNAME: login.username,
        MLFLOW_TRACKING_PASSWORD_FILE: `${MOUNT.mountPath}/password`,
      }),
    },
    volumes: login ? [loginVolume(MOUNT.name, login)] : [],
    volumeMounts: login ? [MOUNT] : [],
    reads: login ? [login] : [],
    access: [own ? own.access : accessOutside(serverOf(mlflow, owner), "mlflow.addresses", owner)],
    dependsOn: own ? [own] : [],
  };
}

function loginOf({ secret }: TrackingServer): Login | undefined {
  return secret === undefined ? undefined : loginIn(secret);
}

function serverOf({ url, port, addresses }: TrackingServer, owner: pulumi.Resource): Outside {
  const known = typeof url === "string" && URL.canParse(url) ? url : undefined;
  const host = known === undefined ? undefined : hostOf(known);
  if (port !== undefined) return { host, port, addresses };
  if (known !== undefined) return { host, port: portOf(known), addresses };
  const shown =
    typeof url === "string"
      ? ` (${url}) is no address such as https://mlflow.example.com`
      : " is known later";
  const reason = `'mlflow.url'${shown}: state 'mlflow.port', to which the network policy lets pods out`;
  throw new pulumi.ResourceError(reason, owner, true);
}
