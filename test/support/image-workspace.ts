import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type ApiServer, type serverPrograms, startApiServer } from "./api-server.ts";
import { type ImageWorld, startImageWorld } from "./registry.ts";
import { Workspace } from "./workspace.ts";

/** Folder of each image. */
export const FOLDERS = {
  training: "training",
  serving: "serving",
  ui: "ui",
  mlflow: "images/mlflow",
  seaweedfs: "images/seaweedfs",
};
const PREFIX = "my-team/slipway";
/** What the real Dockerfiles end with, without the long builds before it: `npm run sandbox` builds those. */
const DOCKERFILE = `FROM scratch
COPY Dockerfile /
ARG GIT_SHA=unknown
ARG VERSION=0.0.0
LABEL org.opencontainers.image.revision="\${GIT_SHA}" org.opencontainers.image.version="\${VERSION}"
`;

/** A clone on the branch `feature/page`, a bare Kubernetes API, a Docker engine and a registry. */
export class ImageWorkspace {
  readonly workspace: Workspace;
  readonly world: ImageWorld;
  readonly #server: ApiServer;
  readonly #kubectl: string;

  private constructor(pulumi: string, kubectl: string, server: ApiServer, world: ImageWorld) {
    this.#server = server;
    this.#kubectl = kubectl;
    this.world = world;
    this.workspace = new Workspace(pulumi, server.kubeconfig, world.environment);
  }

  /** @param stacks what each stack's file says beside that of `dev`. @param plainToo as {@link startImageWorld} */
  static async start(
    pulumi: string,
    programs: NonNullable<ReturnType<typeof serverPrograms>>,
    stacks: Record<string, object>,
    plainToo = false,
  ): Promise<ImageWorkspace> {
    const server = await startApiServer(programs);
    const world = await startImageWorld(plainToo).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    const started = new ImageWorkspace(pulumi, programs.kubectl, server, world);
    try {
      started.#prepare(stacks);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  #prepare(stacks: Record<string, object>): void {
    const { workspace, world } = this;
    for (const folder of Object.values(FOLDERS)) {
      writeFileSync(join(workspace.root, folder, "Dockerfile"), DOCKERFILE);
    }
    const dev = readFileSync(join(workspace.root, "Pulumi.dev.yaml"), "utf8");
    const { config } = parse(dev) as { config: object };
    const registry = { host: world.host, prefix: PREFIX, username: world.username };
    for (const [stack, more] of Object.entries(stacks)) {
      const changed = { ...config, "slipway:wait": false, "slipway:registry": registry, ...more };
      writeFileSync(this.file(stack), stringify({ config: changed }));
      workspace.run("stack", "init", stack);
      const secret = ["--secret", "--path", "slipway:registry.password", world.password];
      workspace.run("config", "set", "-s", stack, ...secret);
    }
    workspace.git("checkout", "-q", "-b", "feature/page");
    workspace.commit("a registry");
  }

  file(stack: string): string {
    return join(this.workspace.root, `Pulumi.${stack}.yaml`);
  }

  kubectl(stack: string, ...args: string[]): string {
    const all = ["--kubeconfig", this.#server.kubeconfig, "-n", `slipway-${stack}`, ...args];
    return execFileSync(this.#kubectl, all, { encoding: "utf8" });
  }

  /** Our images in a stack's pods, sorted. */
  running(stack: string): string[] {
    const images = this.kubectl(
      stack,
      "get",
      "deployments,statefulsets,jobs",
      ...["-o", "jsonpath={..image}"],
    );
    const ours = images.split(" ").filter((image) => image.startsWith(this.world.host));
    return [...new Set(ours)].sort();
  }

  /** Last commit that touched a folder. */
  revision(folder: string): string {
    return this.workspace.git("log", "-1", "--format=%H", "--", folder).trim();
  }

  /** Digest that the registry has for an image. @param tag by default its commit's */
  digest(
    name: keyof typeof FOLDERS,
    tag = this.revision(FOLDERS[name]).slice(0, 7),
  ): Promise<string | undefined> {
    return this.world.digest(`${PREFIX}/${name}`, tag);
  }

  labels(name: keyof typeof FOLDERS): Promise<Record<string, string>> {
    return this.world.labels(`${PREFIX}/${name}`, this.revision(FOLDERS[name]).slice(0, 7));
  }

  /** What pods run that were deployed from this commit, sorted. */
  async pushed(): Promise<string[]> {
    const names = Object.keys(FOLDERS) as (keyof typeof FOLDERS)[];
    const all = names.map(
      async (name) => `${this.world.host}/${PREFIX}/${name}@${(await this.digest(name)) ?? "?"}`,
    );
    return (await Promise.all(all)).sort();
  }

  async stop(): Promise<void> {
    this.workspace.remove();
    await this.world.stop();
    await this.#server.stop();
  }
}
