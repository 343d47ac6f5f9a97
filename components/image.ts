import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type ImageBuildArgs, buildArgsOf, imageArgs } from "./image-build.ts";
import { imageIndex } from "./image-index.ts";
import { signedReference } from "./image-signature.ts";
import type { Signers } from "./lib/cosign.ts";
import { type Head, fullVersion } from "./lib/git.ts";
import { type ImageReference, parseReference } from "./lib/image-reference.ts";
import { type Registry, authConfig, pushedDigest } from "./registry.ts";

export interface ImageArgs extends ImageBuildArgs {
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
  /** Who must have signed it, where it is not built here. @default nobody */
  signedBy?: Signers | undefined;
  /** Platforms of nodes of more than one kind, instead of `platform`: an image is then an index. @default one */
  platforms?: readonly string[] | undefined;
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
    const { context, registry, revision, signedBy } = args;
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
    this.reference =
      pin === undefined
        ? pulumi.output(this.tagged)
        : signedReference({ image: pin.reference, tag: pin.tag }, signedBy, registry, this);
    let made: pulumi.Input<string> = this.tagged;

    if (registry && pin === undefined) {
      const { promote, head = {} } = args;
      const pushed = promote
        ? this.#promoted(name, repository, promote, registry, args)
        : this.#built(name, repository, registry, args);
      this.reference = pushed.reference;
      made = pushed.made;
      // In another stack the image has got its branch already. An index has its tags from the start.
      const tags = args.platforms ? {} : promote ? versionOf(head) : head;
      for (const [kind, tag] of Object.entries(tags)) {
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
    if (args.platforms) return this.#builtForEach(name, repository, registry, args.platforms, args);
    const image = new docker.Image(
      name,
      imageArgs(this.tagged, registry, args, repository),
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

  /** An image of each platform, and the index of them. */
  #builtForEach(
    name: string,
    repository: string,
    registry: Registry,
    platforms: readonly string[],
    args: ImageArgs,
  ): Pushed {
    const images = platforms.map((platform) => {
      const own = platformName(platform);
      const tagged = `${this.tagged}-${own}`;
      const build = imageArgs(tagged, registry, { ...args, platform, head: {} }, repository);
      const image = new docker.Image(`${name}-${own}`, build, { parent: this });
      return image.repoDigest.apply((digest) => digest || tagged);
    });
    const further = Object.values(args.head ?? {}).map((tag) => `${repository}:${tag}`);
    const index = { tags: [this.tagged, ...further], images, registry } as const;
    const pushed = imageIndex(`${name}-index`, index, this);
    const made = pushed.apply((text) => text.replace(/@.*/, ""));
    const reference = pushed.apply((text) => text.replace(/:[^:@/]+@/, "@"));
    return { reference, made, local: made };
  }

  #promoted(
    name: string,
    repository: string,
    provider: docker.Provider,
    registry: Registry,
    { head = {}, signedBy, platforms }: ImageArgs,
  ): Pushed {
    const { tagged } = this;
    const digest = pushedDigest(tagged, { parent: this, provider });
    const reference = digest.apply((found) => {
      if (!found) return pulumi.output(tagged);
      const signed = { image: `${repository}@${found}`, tag: this.tag };
      return signedReference(signed, signedBy, registry, this);
    });
    if (head.version === undefined) return { reference, made: tagged, local: reference };
    if (platforms) {
      // What runs has been looked up; this only gives the images of its platforms one more name.
      // By digest, as where they were built: in another order they were another index.
      const images = platforms.map((platform) => {
        const own = `${tagged}-${platformName(platform)}`;
        const asked = pushedDigest(own, { parent: this, provider });
        return asked.apply((found) => (found ? `${repository}@${found}` : own));
      });
      const index = { tags: [`${repository}:${head.version}`], images, registry } as const;
      imageIndex(`${name}-index`, index, this);
      return { reference, made: tagged, local: reference };
    }
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

/** `arm64` of `linux/arm64`, `arm-v7` of `linux/arm/v7`. */
function platformName(platform: string): string {
  return platform.replace(/^linux\//, "").replace("/", "-");
}

function versionOf({ version }: Head): Head {
  return version === undefined ? {} : { version };
}
