import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Head, type SourceVersion, fullVersion } from "./lib/git.ts";
import { type ImageReference, parseReference } from "./lib/image-reference.ts";
import { type Registry, authConfig, pushedDigest } from "./registry.ts";

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
  /**
   * Build nothing: run what another stack has pushed under this commit's tag, by its digest. Reads the registry.
   * @default build and push
   */
  promote?: docker.Provider | undefined;
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
export class Image extends pulumi.ComponentResource implements ImageReference {
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
    const pin = args.pin === undefined ? undefined : parseReference(args.pin);
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
      const { promote, head = {} } = args;
      const pushed = promote
        ? this.#promoted(name, repository, promote, head)
        : this.#built(name, repository, registry, args);
      this.reference = pushed.reference;
      made = pushed.made;
      // In another stack the image has got its branch already.
      for (const [kind, tag] of Object.entries(promote ? versionOf(head) : head)) {
        this.#tag(`${name}-${kind}`, pushed.local, `${repository}:${tag}`, registry);
      }
    }
    this.pin = pulumi.all([made, this.reference]).apply(([name, reference]) => {
      const digest = /@.*/.exec(reference)?.[0] ?? "";
      return `${name}${digest}`;
    });
    this.registerOutputs({ reference: this.reference });
  }

  #built(name: string, repository: string, registry: Registry, args: ImageArgs): Pushed {
    const image = new docker.Image(
      name,
      imageArgs(this.tagged, repository, registry, args),
      // Where the build looks for layers is no part of what it makes: on another branch nothing changes.
      { parent: this, ignoreChanges: ["build.cacheFrom"] },
    );
    return {
      // The digest is unknown in a preview, and absent under mocks, where the tag stands in for it.
      reference: image.repoDigest.apply((digest) => digest || this.tagged),
      // Not of this commit where an `up --target` leaves the image alone: then tag and digest are those of before.
      made: image.imageName,
      local: image.imageName,
    };
  }

  #promoted(name: string, repository: string, provider: docker.Provider, head: Head): Pushed {
    const { tagged } = this;
    const digest = pushedDigest(tagged, { parent: this, provider });
    const reference = digest.apply((found) => (found ? `${repository}@${found}` : tagged));
    if (head.version === undefined) return { reference, made: tagged, local: reference };
    // A version tag is pushed from this machine.
    const pulled = new docker.RemoteImage(
      name,
      { name: reference, keepLocally: true },
      { parent: this, provider },
    );
    return { reference, made: tagged, local: pulled.name };
  }

  /** Pushes one more tag of an image that Docker has here. */
  #tag(
    name: string,
    sourceImage: pulumi.Input<string>,
    targetImage: string,
    registry: Registry,
  ): void {
    const child = { parent: this };
    const alias = new docker.Tag(
      name,
      { sourceImage, targetImage, tagTriggers: [this.tag] },
      child,
    );
    new docker.RegistryImage(
      name,
      {
        name: targetImage,
        keepRemotely: true,
        triggers: { tag: this.tag },
        ...authConfig(registry),
      },
      { ...child, dependsOn: alias },
    );
  }
}

/** An image that the registry has. */
interface Pushed {
  /** What pods run. */
  reference: pulumi.Output<string>;
  /** The reference by tag that `reference` was made from. */
  made: pulumi.Input<string>;
  /** Its name in Docker's own store. */
  local: pulumi.Input<string>;
}

function versionOf({ version }: Head): Head {
  return version === undefined ? {} : { version };
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
