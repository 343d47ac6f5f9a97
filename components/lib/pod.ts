import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Container = k8s.types.input.core.v1.Container;
type PodSpec = k8s.types.input.core.v1.PodSpec;
type Probe = k8s.types.input.core.v1.Probe;

/**
 * What a container asks for. There is no CPU limit: it would slow down a pod on an idle machine.
 */
export interface Resources {
  /** Requested CPU, e.g. `100m`. */
  cpu: string;
  /** Requested memory, e.g. `256Mi`. */
  memory: string;
  /** Memory beyond which the container is killed. @default `memory` */
  memoryLimit?: string | undefined;
}

/** Where pods run, as far as their specification depends on it. */
export interface PodEnvironment {
  /** OpenShift gives every namespace its own range of user ids and refuses fixed ones. */
  openshift: boolean;
  /** Secrets to pull images with. */
  pullSecrets: pulumi.Input<string>[];
}

/**
 * A pod that the *restricted* Pod Security Standard admits: no root, no token, no links to other
 * Services.
 */
export function podSpec(
  environment: PodEnvironment,
  args: { uid: number; containers: Container[] } & Omit<PodSpec, "securityContext" | "containers">,
): PodSpec {
  const { uid, containers, initContainers, volumes = [], ...rest } = args;
  const ids = { runAsUser: uid, fsGroup: uid, fsGroupChangePolicy: "OnRootMismatch" };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      ...(environment.openshift ? {} : ids),
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(environment.pullSecrets.length === 0
      ? {}
      : { imagePullSecrets: environment.pullSecrets.map((name) => ({ name })) }),
    ...(initContainers === undefined ? {} : { initContainers }),
    containers,
    volumes,
    ...rest,
  };
}

/** What pods may read only at their start, such as files or credentials: an annotation that changes with it. */
export interface ReadAtStart {
  readonly checksum: Record<string, pulumi.Input<string>>;
}

/** The annotations of a pod's template that make other pods of other content. */
export function checksums(read: readonly ReadAtStart[] = []) {
  const entries = read.flatMap(({ checksum }) => Object.entries(checksum));
  if (entries.length === 0) return {};
  return { annotations: Object.fromEntries(entries) };
}

/** A container's specification, but for what {@link container} says. */
export type ContainerArgs = { resources: Resources } & Omit<
  Container,
  "resources" | "securityContext"
>;

/**
 * A container with a read-only root file system and its own `/tmp` (see {@link scratch}), without
 * any privilege.
 */
export function container(args: ContainerArgs): Container {
  const { resources, volumeMounts = [], ...rest } = args;
  return {
    imagePullPolicy: "IfNotPresent",
    // The last lines of a crash reach `kubectl describe` and Pulumi's error message.
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...rest,
    resources: requests(resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(volumeMounts as [])],
  };
}

/** Resources as Kubernetes takes them. */
export function requests({ cpu, memory, memoryLimit = memory }: Resources) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** An empty volume that dies with the pod; `tmp` belongs to every pod of {@link container}. */
export function scratch(name = "tmp", sizeLimit = "64Mi"): k8s.types.input.core.v1.Volume {
  return { name, emptyDir: { sizeLimit } };
}

/** An HTTP probe of the port named `http`. */
export function httpProbe(path: string, timing: Omit<Probe, "httpGet"> = {}): Probe {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3, ...timing };
}

/**
 * The probes of a server that is up or down: it takes requests while `ready` answers, and is started anew once `alive` has not for two minutes.
 *
 * @param startup how long a start may take.
 */
export function upOrDown(
  ready: string,
  startup: { periodSeconds: number; failureThreshold: number },
  alive = ready,
) {
  return {
    startupProbe: httpProbe(ready, startup),
    livenessProbe: httpProbe(alive, { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe(ready, { periodSeconds: 5 }),
  };
}

/** Spreads the pods of `selector` over the machines where there are several. */
export function spread(
  selector: Record<string, string>,
): k8s.types.input.core.v1.TopologySpreadConstraint[] {
  return [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: selector },
    },
  ];
}

/** Value of an environment variable: a text, or where it comes from. */
export type Variable =
  pulumi.Input<string> | { readonly valueFrom: k8s.types.input.core.v1.EnvVarSource };

/** The value of one key of a Secret, for what a program does not read from a file. */
export function fromSecret(name: pulumi.Input<string>, key: string): Variable {
  return { valueFrom: { secretKeyRef: { name, key } } };
}

/** Environment variables of a container. */
export function environment(variables: Record<string, Variable>): k8s.types.input.core.v1.EnvVar[] {
  return Object.entries(variables).map(([name, value]) =>
    typeof value === "object" && "valueFrom" in value ? { name, ...value } : { name, value },
  );
}

/** A folder of files that a container only reads. */
export function readOnly(name: string, mountPath: string) {
  return { name, mountPath, readOnly: true };
}

/** The mounts of these volumes, each of a Secret. */
export const secrets = (...names: string[]) =>
  names.map((name) => readOnly(name, `/run/secrets/${name}`));
