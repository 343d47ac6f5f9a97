import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { Credentials, loginVolume } from "./credentials.ts";
import { type Environment, type Metadata, type Namespace, environmentOf } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { peersOf } from "./lib/destinations.ts";
import { entrances } from "./lib/entrances.ts";
import { scriptFile } from "./lib/files.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { type Access, type ServiceReference, accessTo, letIn, pods, tcp } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { environment, readOnly, upOrDown } from "./lib/pod.ts";
import type { ApiReference } from "./prediction-api.ts";
import { FIXED_RESOURCES, PORTS, SLEEP_SCHEDULE, accessLabel } from "./well-known.ts";
import { Workload } from "./workload.ts";

const PORT = PORTS.sleepSchedule;
const UID = 10001;
const HEALTH = "/environment/health";
const FILES = "/etc/sleep-schedule";
const ACCOUNT = "/run/secrets/kubernetes";

export interface SleepScheduleArgs {
  /** What sleeps and wakes. */
  namespace: Namespace;
  /** Hours, and who may wake it in between. */
  settings: NonNullable<StackArgs["sleep"]>;
  /** The page's image, for its Node.js. */
  image: ImageInput;
  /** How people reach APIs and page, who are answered here while those sleep. @default from inside the cluster alone */
  endpoint?: NonNullable<StackArgs["endpoint"]>;
  /** The APIs whose callers are answered. */
  apis: ApiReference[];
}

/** A schedule as Prometheus sees it. */
export interface ScheduleReference {
  service: ServiceReference;
  access: Access;
}

/** Where the schedule of an environment is found. */
export function scheduleReference({
  environment,
}: {
  environment: Environment;
}): ScheduleReference {
  const selector = environment.selector(SLEEP_SCHEDULE);
  const service = { name: SLEEP_SCHEDULE, port: PORT, selector };
  return { service, access: accessTo(service) };
}

/**
 * Puts the environment to sleep and wakes it by the clock, by `POST /environment/sleep` and `wake`, and when somebody calls what sleeps: then it answers in
 * place of APIs and page. The one workload of ours with rights on the API of Kubernetes, in its own namespace alone.
 */
export class SleepSchedule extends pulumi.ComponentResource {
  /** In-cluster URL. */
  readonly url: pulumi.Output<string>;
  /** Name of the Secret whose key `password` is the token. */
  readonly secret: pulumi.Output<string>;

  constructor(name: string, args: SleepScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:SleepSchedule", name, {}, opts);
    const { apis } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const image = imageReference(args.image, this);
    const settings = settledPart("sleep", args.settings, this);
    const endpoint = settledPart("endpoint", args.endpoint ?? { kind: "none" }, this);
    const metadata = namespace.metadata(name, SLEEP_SCHEDULE, image.tag);
    const child = fixedName(this);
    const token = new Credentials(
      `${name}-token`,
      { namespace, of: name, username: "sleep-schedule", keep: false },
      { parent: this },
    );
    const { apiServer, ...hours } = settings;
    const { plainName, instance, shared } = namespace;
    const given = { namespace: plainName, instance, shared, object: name, ...hours };
    const files = new FilesConfigMap(
      metadata,
      {
        "sleep-schedule.mjs": scriptFile("sleep-schedule.mjs"),
        "settings.json": JSON.stringify(given),
      },
      child,
    );
    const account = this.#account(namespace, metadata);
    const { url, service } = new Workload(
      name,
      {
        namespace,
        component: SLEEP_SCHEDULE,
        image,
        uid: UID,
        port: { number: PORT },
        server: server(),
        account,
        volumes: [
          files.volume("files"),
          loginVolume("token", token),
          { name: "account", projected: { sources: accountFiles() } },
        ],
        reads: [files, token],
        reaches: [
          {
            labels: {},
            egress: [{ to: peersOf(undefined, apiServer), ports: [tcp(443), tcp(6443)] }],
          },
        ],
        // Two of them would each make the Services lead to itself.
        strategy: { type: "Recreate" },
      },
      this,
    );
    this.url = url;
    this.secret = token.secret;
    this.#letIn(service, { endpoint, apis }, metadata);
    this.registerOutputs({ url: this.url, secret: this.secret });
  }

  /** An account that may stop and start what is in the namespace, and read nothing secret. */
  #account(namespace: Environment, metadata: Metadata) {
    const child = fixedName(this);
    const account = new k8s.core.v1.ServiceAccount(
      metadata.name,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const role = new k8s.rbac.v1.Role(metadata.name, { metadata, rules: rules(namespace) }, child);
    const roleRef = {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: role.metadata.name,
    };
    const subject = {
      kind: "ServiceAccount",
      name: account.metadata.name,
      namespace: namespace.name,
    };
    const binding = { metadata, roleRef, subjects: [subject] };
    const bound = new k8s.rbac.v1.RoleBinding(metadata.name, binding, child);
    // The pod must not begin before it has its rights.
    return bound.metadata.name.apply(() => metadata.name);
  }

  /** Those who may call an API or the page are answered here. */
  #letIn(
    { selector, port }: ServiceReference,
    { endpoint, apis }: { endpoint: StackConfig["endpoint"]; apis: ApiReference[] },
    metadata: Metadata,
  ): void {
    const callers = apis.map(({ service }) => ({
      from: [pods({ [accessLabel(service.name)]: "true" })],
      ports: [tcp(port)],
    }));
    const outside =
      endpoint.kind === "none" ? [] : [{ ...entrances(endpoint), ports: [tcp(port)] }];
    const own = { ...metadata, name: `${metadata.name}-callers` };
    const spec = letIn(selector, [...callers, ...outside]);
    new k8s.networking.v1.NetworkPolicy(own.name, { metadata: own, spec }, fixedName(this));
  }
}

/** What stops and starts: kubernetes.io/docs/reference/access-authn-authz/rbac. Server-side apply of what is not there takes `create` too. */
function rules({ plainName, shared, pods: { openshift } }: Environment) {
  const rule = (apiGroup: string, resources: string[], ...verbs: string[]) => ({
    apiGroups: [apiGroup],
    resources,
    verbs,
  });
  return [
    rule("apps", ["deployments", "statefulsets"], "get", "list", "patch"),
    rule("batch", ["cronjobs", "jobs"], "get", "list", "patch"),
    // Also where there is no CloudNativePG: whoever may not ask is not told that there is no such kind.
    rule("postgresql.cnpg.io", ["clusters"], "get", "list", "patch"),
    rule("", ["pods", "services"], "list"),
    // Its own marks, and the history of the environment.
    rule("", ["configmaps"], "get", "list", "create", "patch"),
    ...(shared ? [] : [{ ...rule("", ["namespaces"], "get"), resourceNames: [plainName] }]),
    rule("discovery.k8s.io", ["endpointslices"], "list", "create", "patch", "delete"),
    // OpenShift asks for this of whoever leads a Service to an address of the pods' network.
    ...(openshift ? [rule("discovery.k8s.io", ["endpointslices/restricted"], "create")] : []),
  ];
}

/** The account's token, renewed by the kubelet, and the authority of the API. */
const accountFiles = () => [
  { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
];

function server() {
  return {
    name: "sleep-schedule",
    command: ["node", "--max-old-space-size=24", `${FILES}/sleep-schedule.mjs`],
    env: [
      ...environment({ NODE_EXTRA_CA_CERTS: `${ACCOUNT}/ca.crt` }),
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ],
    ...upOrDown(HEALTH, { periodSeconds: 1, failureThreshold: 60 }),
    resources: FIXED_RESOURCES.sleepSchedule,
    volumeMounts: [
      readOnly("files", FILES),
      readOnly("token", "/run/secrets/token"),
      readOnly("account", ACCOUNT),
    ],
  };
}
