import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import type { Environment } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { peersOf } from "./lib/destinations.ts";
import { controllers } from "./lib/entrances.ts";
import { parseReference } from "./lib/image-reference.ts";
import { type Access, type ServiceReference, accessAt, hostOf } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { readOnly, upOrDown } from "./lib/pod.ts";
import { NOBODY } from "./lib/prometheus-program.ts";
import { toYaml } from "./lib/yaml.ts";
import { FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const FOLDER = "/etc/blackbox_exporter";
const AUTHORITY = "ca.crt";
const HTTPS = 443;

/** Where the exporter asks on behalf of who scrapes it. */
export const PROBE = "/probe";

/** What is asked: an answer, and the certificate alone, whoever has signed it. Names of modules of the exporter, and of scrape jobs. */
type Asked = "endpoint" | "certificate";

export interface BlackboxExporterArgs {
  /** Where it runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
  /** How callers reach the platform, and where its hosts lead. */
  settings: StackConfig["endpoint"];
  /** An `https://` address of each host that answers 200 without a login. */
  urls: readonly string[];
}

/** Asks the hosts of the platform as callers do, by name and with TLS, whenever Prometheus scrapes it. */
export class BlackboxExporter extends pulumi.ComponentResource {
  /** Access through the network policies, for Prometheus. */
  readonly access: Access;
  /** Where it is found. */
  readonly service: ServiceReference;
  /** Targets that it is to be given, by module. */
  readonly asked: Readonly<Record<Asked, string[]>>;

  constructor(name: string, args: BlackboxExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:BlackboxExporter", name, {}, opts);
    const { namespace, image, settings, urls } = args;
    const metadata = namespace.metadata(name, "monitoring", parseReference(image).tag);
    const config = new FilesConfigMap(metadata, files(settings.tls?.ca), fixedName(this));
    const { access, service } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: NOBODY,
        port: { number: PORTS.blackboxExporter },
        server,
        volumes: [config.volume("config")],
        reads: [config],
        reaches: [
          accessAt(HTTPS, peersOf(undefined, settings.addresses) ?? []),
          // Where the network leads the host's address straight to these pods, they are reached at a port of theirs, which only their makers know.
          { labels: {}, egress: controllers(settings).map((pods) => ({ to: [pods] })) },
        ],
      },
      this,
    );
    this.access = access;
    this.service = service;
    const servers = urls.map((url) => `${hostOf(url)}:${HTTPS}`);
    this.asked = { endpoint: [...urls], certificate: servers };
    this.registerOutputs({});
  }
}

/** What the exporter reads (github.com/prometheus/blackbox_exporter, CONFIGURATION.md). */
function files(ca: string | undefined): Record<string, string> {
  // An address of IPv6 is asked where there is no other: few pods have one.
  const common = { preferred_ip_protocol: "ip4" };
  const endpoint = {
    ...common,
    // The host's own answer is meant, not where it sends people to log in.
    follow_redirects: false,
    valid_status_codes: [200],
    ...(ca !== undefined && { tls_config: { ca_file: `${FOLDER}/${AUTHORITY}` } }),
  };
  const certificate = { ...common, tls: true, tls_config: { insecure_skip_verify: true } };
  const modules: Record<Asked, object> = {
    endpoint: { prober: "http", http: endpoint },
    certificate: { prober: "tcp", tcp: certificate },
  };
  return { "config.yml": toYaml({ modules }), ...(ca !== undefined && { [AUTHORITY]: ca }) };
}

/** Its page at `/-/healthy` asks nobody. */
const server = {
  name: "blackbox-exporter",
  args: [`--config.file=${FOLDER}/config.yml`],
  ...upOrDown("/-/healthy", { periodSeconds: 1, failureThreshold: 60 }),
  resources: FIXED_RESOURCES.blackboxExporter,
  volumeMounts: [readOnly("config", FOLDER)],
};
