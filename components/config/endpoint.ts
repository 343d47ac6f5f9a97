import { z } from "zod";
import { certificatesProblem } from "../lib/pem.ts";
import { addresses, host, namespaceName, objectName, ruled } from "./values.ts";

/** Access from outside, by kind. */
export const endpoint = z.strictObject({
  kind: z
    .enum(["none", "nodePort", "ingress", "gateway", "openshiftRoute"])
    .prefault("none")
    .describe(
      "How people reach the platform; `none` means port-forward. A node port opens every path of a server, `/metrics` too.",
    ),
  host: host
    .optional()
    .describe(
      "The page's host; the others are below it (`mlflow.<host>`, `<model>.<host>`). With `nodePort`: a node's name.",
    ),
  addresses: addresses.describe(
    "Where the hosts lead when a pod asks for them, e.g. `10.20.0.0/16`, or `public` for the internet. Present: monitoring asks them as callers do.",
  ),
  tls: z
    .strictObject({
      secretName: objectName
        .optional()
        .describe("Existing Secret with the certificate, for `ingress`."),
      clusterIssuer: objectName
        .optional()
        .describe("cert-manager issuer that makes the certificate, for `ingress`."),
      ca: ruled(certificatesProblem, false)
        .optional()
        .describe(
          "With `addresses`: the certificates in PEM that callers trust instead of the usual ones.",
        ),
    })
    .optional()
    .describe(
      "Present: HTTPS. A gateway's listener holds its own certificate, a Route the router's.",
    ),
  ingressClass: objectName.optional().describe("Absent: the cluster's default class."),
  gateway: z
    .strictObject({
      name: objectName.describe("Name."),
      namespace: namespaceName.describe("Namespace."),
      section: objectName.optional().describe("Listener; absent: all of them. Needed in prod."),
      healthCheckPolicy: z
        .boolean()
        .prefault(false)
        .describe(
          "On GKE (classes `gke-l7-*`): tell the load balancer which path of each Service answers its health checks.",
        ),
    })
    .optional()
    .describe("Gateway that the routes attach to."),
  docs: z
    .boolean()
    .prefault(false)
    .describe(
      "Whether callers outside see the description of each prediction API too (`/docs`); a node port shows it anyway.",
    ),
  controllerNamespace: namespaceName
    .optional()
    .describe(
      "The only namespace let in: the controller's or gateway's (and Google's addresses, with `healthCheckPolicy`); absent: all, or OpenShift's routers.",
    ),
});
