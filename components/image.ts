import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Head, type SourceVersion, fullVersion } from "./lib/git.ts";

/** Where images are pushed, and with which account. */
export interface Registry {
  /** Host, e.g. `quay.io`. */
  host: string;
  /** Repository prefix, e.g. `my-team/slipway`. */
  prefix: string;
  username?: string | undefined;
  password?: pulumi.Input<string> | undefined;
}

export interface ImageArgs {
  /** Build context relative to the working directory; its `Dockerfile` lies inside. */
  context: string;
  /** Last commit that touched the context: the image's identity. */
  revision: SourceVersion;
  /**
   * Registry to push to.
   * @default none: `npm run sandbox` builds the image and loads it into the cluster
   */
  registry?: Registry | undefined;
  /**
   * Run this instead, and build nothing: `<repository>:<tag>@<digest>`, or without a digest where
   * there is no registry.
   * @default what this commit builds
   */
  pin?: string | undefined;
  /** Branch and version that become further tags. @default none */
  head?: Head;
  /** Platform of the cluster's nodes. @default linux/amd64 */
  platform?: string;
  /** Build arguments beside `GIT_SHA` and `VERSION`. @default none */
  buildArgs?: Record<string, string>;
  /** Network mode while building. @default Docker's own */
  network?: string | undefined;
}

/**
 * A container image that is named after the last commit of its folder: an unrelated commit
 * rebuilds nothing.
 */
export class Image extends pulumi.ComponentResource {
  /** What pods run: by digest once pushed, by tag where there is no registry. */
  readonly reference: pulumi.Output<string>;
  /** Tag and digest: what `slipway:pins` takes to run this very image again. */
  readonly pin: pulumi.Output<string>;
  /** The reference by tag; always known, also in the first preview. */
  readonly tagged: string;
  /** The tag alone, e.g. `1a2b3c4`. */
  readonly tag: string;
  /** The commit with all its digits. */
  readonly commit: string;

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    const { context, registry, revision } = args;
    const repository = registry
      ? `${registry.host}/${registry.prefix}/${name}`
      : `slipway.local/${name}`;
    const pin = args.pin === undefined ? undefined : parsePin(args.pin);
    const tagged = pin?.tagged ?? `${repository}:${revision.tag}`;
    // Recorded with the component, so that `render` can say what must be built where there is no
    // registry.
    super(
      "slipway:platform:Image",
      name,
      { reference: tagged, context, args: buildArgsOf(args), pinned: pin !== undefined },
      opts,
    );
    this.tag = pin?.tag ?? revision.tag;
    // A pin names seven digits; all of them are known where it names this very commit.
    this.commit = this.tag === revision.tag ? fullVersion(revision) : this.tag;
    this.tagged = tagged;
    this.reference = pulumi.output(pin?.reference ?? this.tagged);
    let made: pulumi.Input<string> = this.tagged;

    if (registry && pin === undefined) {
      const child = { parent: this };
      const image = new docker.Image(
        name,
        imageArgs(this.tagged, repository, registry, args),
        // Where the build looks for layers is no part of what it makes: on another branch nothing changes.
        { ...child, ignoreChanges: ["build.cacheFrom"] },
      );
      // The digest is unknown in a preview, and absent under mocks, where the tag stands in for it.
      this.reference = image.repoDigest.apply((digest) => digest || this.tagged);
      // Not of this commit where an `up --target` leaves the image alone: then tag and digest are those of before.
      made = image.imageName;
      for (const [kind, tag] of Object.entries(args.head ?? {})) {
        const target = `${repository}:${tag}`;
        const alias = new docker.Tag(
          `${name}-${kind}`,
          { sourceImage: image.imageName, targetImage: target, tagTriggers: [this.tag] },
          child,
        );
        new docker.RegistryImage(
          `${name}-${kind}`,
          {
            name: target,
            keepRemotely: true,
            triggers: { tag: this.tag },
            ...authConfig(registry),
          },
          { ...child, dependsOn: alias },
        );
      }
    }
    this.pin = pulumi.all([made, this.reference]).apply(([name, reference]) => {
      const digest = /@.*/.exec(reference)?.[0] ?? "";
      return `${name}${digest}`;
    });
    this.registerOutputs({ reference: this.reference });
  }
}

/** The parts of `repository:tag@digest`; pods run it by digest, where there is one. */
function parsePin(pin: string) {
  const [tagged = "", digest] = pin.split("@");
  const colon = tagged.lastIndexOf(":");
  const reference = digest === undefined ? tagged : `${tagged.slice(0, colon)}@${digest}`;
  return { tagged, tag: tagged.slice(colon + 1), reference };
}

function imageArgs(
  imageName: string,
  repository: string,
  { host, username, password }: Registry,
  args: ImageArgs,
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

function buildArgsOf({ revision, buildArgs = {} }: ImageArgs): Record<string, string> {
  return { ...buildArgs, GIT_SHA: fullVersion(revision), VERSION: revision.tag };
}

function authConfig({ host, username, password }: Registry) {
  if (username === undefined || password === undefined) return {};
  return {
    authConfig: { address: `https://${host}`, username, password: pulumi.secret(password) },
  };
}
