import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { at } from "./evaluation.ts";

type Labels = Record<string, string>;

/** A pod that some workload makes. */
export interface Pod {
  /** `Deployment/mlflow`. */
  owner: string;
  labels: Labels;
  spec: {
    containers: Container[];
    initContainers?: Container[];
    volumes?: Volume[];
    serviceAccountName?: string;
    imagePullSecrets?: { name: string }[];
    automountServiceAccountToken?: boolean;
    securityContext?: Record<string, unknown>;
  };
}

/** As far as references go. */
interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: {
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef };
  }[];
  ports?: { name?: string; containerPort: number }[];
  resources?: { requests?: Labels; limits?: Labels };
  securityContext?: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
}

interface KeyRef {
  name: string;
  key: string;
}

interface Probe {
  httpGet?: { port: string | number };
}

interface Volume {
  name: string;
  secret?: { secretName: string };
  configMap?: { name: string };
  persistentVolumeClaim?: { claimName: string };
  projected?: { sources: { secret?: { name: string; items?: { key: string }[] } }[] };
}

interface Peer {
  podSelector?: { matchLabels?: Labels };
  namespaceSelector?: unknown;
}

const POD_PATHS: Record<string, string> = {
  Deployment: "spec.template",
  StatefulSet: "spec.template",
  Job: "spec.template",
  CronJob: "spec.jobTemplate.spec.template",
};

/** Every pod that the objects make. */
export function podsOf(objects: Manifest[]): Pod[] {
  return objects.flatMap((object) => {
    const path = POD_PATHS[object.kind];
    if (path === undefined) return [];
    return [
      {
        owner: `${object.kind}/${object.metadata.name}`,
        labels: at(object, `${path}.metadata.labels`) as Labels,
        spec: at(object, `${path}.spec`) as Pod["spec"],
      },
    ];
  });
}

/** Every reference that leads nowhere, as a sentence. */
export function danglingReferences(objects: Manifest[]): string[] {
  const pods = podsOf(objects);
  return [
    ...pods.flatMap((pod) => danglingInPod(pod, objects)),
    ...objects
      .filter(({ kind }) => kind === "Service")
      .flatMap((service) => danglingInService(service, pods)),
    ...objects
      .filter(({ kind }) => kind === "NetworkPolicy")
      .flatMap((policy) => danglingInPolicy(policy, pods)),
    ...objects.flatMap((object) => danglingElsewhere(object, objects, pods)),
  ];
}

function danglingInPod({ owner, spec }: Pod, objects: Manifest[]): string[] {
  const keys = (kind: string, name: string) => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    return (
      found && Object.keys({ ...(found["data"] as object), ...(found["stringData"] as object) })
    );
  };
  const missing: string[] = [];
  const need = (kind: string, name: string, key?: string) => {
    const present = keys(kind, name);
    if (present === undefined) missing.push(`${owner} needs ${kind} ${name}`);
    else if (key !== undefined && !present.includes(key))
      missing.push(`${owner} needs key ${key} of ${kind} ${name}`);
  };
  const volumes = spec.volumes ?? [];
  for (const volume of volumes) {
    if (volume.secret) need("Secret", volume.secret.secretName);
    if (volume.configMap) need("ConfigMap", volume.configMap.name);
    if (volume.persistentVolumeClaim)
      need("PersistentVolumeClaim", volume.persistentVolumeClaim.claimName);
    for (const { secret } of volume.projected?.sources ?? []) {
      for (const { key } of secret?.items ?? []) need("Secret", secret?.name ?? "", key);
    }
  }
  for (const { name } of spec.imagePullSecrets ?? []) need("Secret", name);
  if (spec.serviceAccountName) need("ServiceAccount", spec.serviceAccountName);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.secretKeyRef)
        need("Secret", valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key);
      if (valueFrom?.configMapKeyRef)
        need("ConfigMap", valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.key);
    }
    for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
      const volume = volumes.find((candidate) => candidate.name === name);
      if (!volume) missing.push(`${owner} mounts ${mountPath} from no volume`);
      else if (subPath !== undefined && volume.configMap)
        need("ConfigMap", volume.configMap.name, subPath);
    }
    const ports = (container.ports ?? []).map(({ name }) => name);
    for (const probe of [
      container.livenessProbe,
      container.readinessProbe,
      container.startupProbe,
    ]) {
      const port = probe?.httpGet?.port;
      if (typeof port === "string" && !ports.includes(port))
        missing.push(`${owner} probes no port ${port}`);
    }
  }
  return missing;
}

function danglingInService(service: Manifest, pods: Pod[]): string[] {
  const owner = `Service/${service.metadata.name}`;
  const selected = pods.filter(({ labels }) =>
    matches(at(service, "spec.selector") as Labels, labels),
  );
  if (selected.length === 0) return [`${owner} selects no pod`];
  const ports = selected.flatMap(({ spec }) =>
    spec.containers.flatMap((container) => container.ports ?? []),
  );
  return (at(service, "spec.ports") as { targetPort: string | number }[])
    .filter(
      ({ targetPort }) =>
        !ports.some(({ name, containerPort }) => [name, containerPort].includes(targetPort)),
    )
    .map(({ targetPort }) => `${owner} targets no port ${targetPort}`);
}

/** A pod that cert-manager makes, while it asks for a certificate. */
const CERT_MANAGERS = "acme.cert-manager.io/http01-solver";

function danglingInPolicy(policy: Manifest, pods: Pod[]): string[] {
  const owner = `NetworkPolicy/${policy.metadata.name}`;
  const selects = (selector: { matchLabels?: Labels } | undefined) =>
    pods.filter(({ labels }) => matches(selector?.matchLabels ?? {}, labels));
  const selector = at(policy, "spec.podSelector") as { matchLabels?: Labels };
  if (selector.matchLabels?.[CERT_MANAGERS] !== undefined) return [];
  const own = selects(selector);
  if (own.length === 0) return [`${owner} applies to no pod`];
  const rules = ["ingress", "egress"].flatMap((direction) => {
    const list = (at(policy, `spec.${direction}`) ?? []) as {
      from?: Peer[];
      to?: Peer[];
      ports?: { port: number }[];
    }[];
    return list.map((rule) => ({
      direction,
      peers: rule.from ?? rule.to ?? [],
      ports: rule.ports ?? [],
    }));
  });
  return rules.flatMap(({ direction, peers, ports }) => {
    const missing: string[] = [];
    for (const { podSelector, namespaceSelector } of peers) {
      if (podSelector === undefined || namespaceSelector !== undefined) continue;
      const targets = selects(podSelector);
      if (targets.length === 0)
        missing.push(`${owner} names no pod: ${JSON.stringify(podSelector)}`);
      const listening = direction === "ingress" ? own : targets;
      for (const { port } of ports) {
        if (!listening.some(({ spec }) => listens(spec, port)))
          missing.push(`${owner} opens port ${port}, where nobody listens`);
      }
    }
    return missing;
  });
}

function danglingElsewhere(object: Manifest, objects: Manifest[], pods: Pod[]): string[] {
  const owner = `${object.kind}/${object.metadata.name}`;
  const exists = (kind: string, name: unknown) =>
    objects.some((other) => other.kind === kind && other.metadata.name === name);
  switch (object.kind) {
    case "HorizontalPodAutoscaler": {
      const { kind, name } = at(object, "spec.scaleTargetRef") as { kind: string; name: string };
      return exists(kind, name) ? [] : [`${owner} scales no ${kind} ${name}`];
    }
    case "PodDisruptionBudget": {
      const selector = at(object, "spec.selector.matchLabels") as Labels;
      return pods.some(({ labels }) => matches(selector, labels))
        ? []
        : [`${owner} protects no pod`];
    }
    case "StatefulSet":
      return exists("Service", at(object, "spec.serviceName")) ? [] : [`${owner} names no Service`];
    case "Ingress": {
      const name = at(object, "spec.rules.0.http.paths.0.backend.service.name");
      return exists("Service", name) ? [] : [`${owner} leads to no Service`];
    }
    case "HTTPRoute":
      return exists("Service", at(object, "spec.rules.0.backendRefs.0.name"))
        ? []
        : [`${owner} leads to no Service`];
    case "Route":
      return exists("Service", at(object, "spec.to.name")) ? [] : [`${owner} leads to no Service`];
    default:
      return [];
  }
}

function listens(spec: Pod["spec"], port: number): boolean {
  return spec.containers.some(({ ports }) =>
    ports?.some(({ containerPort }) => containerPort === port),
  );
}

function matches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
