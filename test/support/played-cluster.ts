import { execFileSync } from "node:child_process";

/**
 * Plays controllers and kubelet for a bare Kubernetes API: workloads are ready at once, and a chosen training ends as
 * one whose candidate the gate refused. It shows what our commands make of it, not that a cluster does so.
 */
export class PlayedCluster {
  readonly #kubectl: (args: string[], input?: string) => string;
  #timer: NodeJS.Timeout | undefined;
  #rejected: string | undefined;

  constructor(kubeconfig: string, program: string, namespace: string) {
    this.#kubectl = (args, input = "") =>
      execFileSync(program, ["--kubeconfig", kubeconfig, "-n", namespace, ...args], {
        encoding: "utf8",
        input,
        stdio: ["pipe", "pipe", "ignore"],
      });
  }

  /** The next Jobs of the model's training fail; their pod ends with the gate's exit code. */
  playRejectedTraining(model: string): void {
    this.#rejected = `${model}-training`;
    // Nobody counts what a quota limits here, so it would let no pod in.
    this.#kubectl(["delete", "resourcequotas,limitranges", "--all"]);
    this.#kubectl(["create", "serviceaccount", "default"]);
    const { metadata, spec } = JSON.parse(
      this.#kubectl([
        "get",
        "jobs",
        "-l",
        `app.kubernetes.io/name=${this.#rejected}`,
        "-o",
        "jsonpath={.items[0].spec.template}",
      ]),
    ) as { metadata: object; spec: { containers: { image: string }[] } };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: "rejected" },
      spec,
    };
    this.#kubectl(["apply", "-f", "-"], JSON.stringify(pod));
    const finishedAt = new Date().toISOString();
    const state = {
      terminated: {
        exitCode: 3,
        reason: "Error",
        startedAt: finishedAt,
        finishedAt,
        containerID: "cri://1",
      },
    };
    const container = {
      name: "training",
      ready: false,
      restartCount: 0,
      image: "i",
      imageID: "i",
      state,
    };
    this.#status("pods/rejected", { phase: "Failed", containerStatuses: [container] });
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#beReady();
      this.#failJob();
    }, 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beReady(): void {
    interface Item {
      kind: string;
      metadata: { name: string; generation: number };
      spec: { replicas: number };
      status: { observedGeneration?: number };
    }
    for (const { kind, metadata, spec, status } of this.#list<Item>("deployments,statefulsets")) {
      if (status.observedGeneration === metadata.generation) continue;
      const { replicas } = spec;
      this.#status(`${kind}/${metadata.name}`, {
        observedGeneration: metadata.generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      });
    }
  }

  #failJob(): void {
    interface Item {
      metadata: { name: string; labels: Record<string, string> };
      status: { conditions?: unknown };
    }
    for (const { metadata, status } of this.#list<Item>("jobs")) {
      const mine = metadata.labels["app.kubernetes.io/name"] === this.#rejected;
      if (!mine || status.conditions !== undefined) continue;
      const lastTransitionTime = new Date().toISOString();
      const reason = "BackoffLimitExceeded";
      const conditions = ["FailureTarget", "Failed"].map((type) => ({
        type,
        status: "True",
        reason,
        lastTransitionTime,
      }));
      this.#status(`jobs/${metadata.name}`, {
        startTime: lastTransitionTime,
        failed: 1,
        conditions,
      });
    }
  }

  #list<T>(kinds: string): T[] {
    return (JSON.parse(this.#kubectl(["get", kinds, "-o", "json"])) as { items: T[] }).items;
  }

  #status(object: string, status: object): void {
    this.#kubectl([
      "patch",
      object,
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    ]);
  }
}
