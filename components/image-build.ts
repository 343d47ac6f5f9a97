import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Head, type SourceVersion, fullVersion } from "./lib/git.ts";
import type { Registry } from "./registry.ts";

/** How an image is built. */
export interface ImageBuildArgs {
  /** Build context relative to the working directory; its `Dockerfile` lies inside. */
  context: string;
  /** Last commit that touched the context: the image's identity. */
  revision: SourceVersion;
  /** Branch and version that become further tags. @default none */
  head?: Head;
  /** Platform of the cluster's nodes. @default linux/amd64 */
  platform?: string;
  /** Build arguments beside `GIT_SHA` and `VERSION`. @default none */
  buildArgs?: Record<string, string>;
  /** Network mode while building. @default Docker's own */
  network?: string | undefined;
}

/** What Docker's provider builds and pushes as `imageName`, a reference by tag of `repository`. */
export function imageArgs(
  imageName: string,
  { host, username, password }: Registry,
  args: ImageBuildArgs,
  repository: string,
): docker.ImageArgs {
  const { context, head, platform = "linux/amd64", network } = args;
  return {
    imageName,
    // A preview must not build (pulumi-docker #449).
    buildOnPreview: false,
    registry: {
      server: host,
      ...(username === undefined || password === undefined
        ? {}
        : { username, password: pulumi.secret(password) }),
    },
    build: {
      context,
      dockerfile: `${context}/Dockerfile`,
      platform,
      builderVersion: docker.BuilderVersion.BuilderBuildKit,
      args: { ...buildArgsOf(args), BUILDKIT_INLINE_CACHE: "1" },
      ...(head?.branch === undefined
        ? {}
        : { cacheFrom: { images: [`${repository}:${head.branch}`] } }),
      ...(network === undefined ? {} : { network }),
    },
  };
}

/** Arguments of the build, with those that every Dockerfile of ours takes. */
export function buildArgsOf({ revision, buildArgs = {} }: ImageBuildArgs): Record<string, string> {
  return { ...buildArgs, GIT_SHA: fullVersion(revision), VERSION: revision.tag };
}
