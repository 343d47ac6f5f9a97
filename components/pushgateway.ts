import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "./environment.ts";
import { type Access, type ServiceReference, accessTo } from "./lib/network.ts";
import { NOBODY, kinProbes } from "./lib/prometheus-program.ts";
import { FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const NAME = "pushgateway";

/** Where Jobs push their metrics. */
export interface PushTarget {
  /** In-cluster URL. */
  url: string;
  access: Access;
}

/** An environment's Pushgateway, also before it is there. */
export function pushTarget(environment: Environment): PushTarget {
  const selector = environment.selector(NAME);
  const service = { name: NAME, port: PORTS.pushgateway, selector };
  return {
    url: `http://${NAME}.${environment.plainName}:${PORTS.pushgateway}`,
    access: accessTo(service),
  };
}

export interface PushgatewayArgs {
  /** Where it runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
}

/** Keeps the last metrics of Jobs, which have ended before anyone could ask them (prometheus.io/docs/practices/pushing). */
export class Pushgateway extends pulumi.ComponentResource implements PushTarget {
  /** In-cluster URL. */
  readonly url: string;
  /** Access through the network policies, for who pushes and who scrapes. */
  readonly access: Access;
  /** Where it is found. */
  readonly service: ServiceReference;

  constructor(args: PushgatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Pushgateway", NAME, {}, opts);
    const { namespace, image } = args;
    const { service } = new Workload(
      NAME,
      {
        namespace,
        component: "monitoring",
        image,
        uid: NOBODY,
        port: { number: PORTS.pushgateway },
        server: {
          name: "pushgateway",
          ...kinProbes({ periodSeconds: 1, failureThreshold: 60 }),
          resources: FIXED_RESOURCES.pushgateway,
        },
        // Two of them would each have half of the metrics.
        strategy: { type: "Recreate" },
      },
      this,
    );
    const { access, url } = pushTarget(namespace);
    this.access = access;
    this.service = service;
    this.url = url;
    this.registerOutputs({ url: this.url });
  }
}
