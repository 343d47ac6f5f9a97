import { z } from "zod";
import {
  imageProblem,
  pinProblem,
  prefixProblem,
  registryHostProblem,
} from "../lib/image-names.ts";
import { ruled, secret, text, webAddress } from "./values.ts";

const pin = (what: string) => ruled(pinProblem).optional().describe(`Image of ${what}.`);

/** Images of our own, by the name under which they are built. */
export const imagePins = z
  .strictObject({
    training: pin("the training Jobs"),
    serving: pin("the prediction APIs"),
    ui: pin("the web page"),
    mlflow: pin("MLflow"),
    seaweedfs: pin("the object store"),
    minio: pin("an object store of `kind: minio`"),
  })
  .prefault({})
  .describe(
    "Images to run instead of those of this commit; `npm run rollback -- --image` writes them, and removing one ends it.",
  );

/** Registry of our own images. */
export const imageRegistry = z
  .strictObject({
    host: ruled(registryHostProblem).describe("e.g. `quay.io`."),
    prefix: ruled(prefixProblem).describe("Repository prefix, e.g. `my-team/slipway`."),
    username: text.optional().describe("Account that pushes and pulls; absent: none is needed."),
    password: secret.optional().describe("Its password."),
  })
  .optional()
  .describe("Where images are pushed and pulled.");

/** What our Dockerfiles build for: Linux, on a processor by the names of Go and of OCI's image index. */
function platformProblem(text: string): string | undefined {
  if (/^linux\/[a-z0-9]+(\/v\d+)?$/.test(text)) return undefined;
  return "is not a valid platform of a Linux node, such as linux/amd64 or linux/arm64";
}

/** Who must have signed what a stack runs. */
const signers = z.strictObject({
  key: text
    .optional()
    .describe(
      "Public key as cosign takes it: a file such as `cosign.pub`, `gcpkms://…`, `awskms://…`.",
    ),
  identities: z
    .array(text)
    .min(1, "names nobody, and nothing could be run: write who signs, or remove the key")
    .optional()
    .describe(
      "Instead of a key: who may sign without one, in full, e.g. `https://github.com/OWNER/REPO/.github/workflows/deploy.yml@refs/heads/develop`.",
    ),
  issuer: webAddress(["https:"])
    .prefault("https://token.actions.githubusercontent.com")
    .describe("OpenID provider of these identities."),
});

/** How our own images come about. */
export const imageBuild = z
  .strictObject({
    promote: z
      .boolean()
      .prefault(false)
      .describe(
        "Build nothing: run what another stack pushed from the same commit, by its digest.",
      ),
    signedBy: signers
      .optional()
      .describe(
        "Present: an image that this stack runs and did not build must have their signature; else it is not run.",
      ),
    sign: text
      .optional()
      .describe(
        "How `npm run sign` signs what this stack has built: `keyless`, or by a private key as cosign takes it, e.g. `env://COSIGN_PRIVATE_KEY`.",
      ),
    platform: ruled(platformProblem)
      .prefault("linux/amd64")
      .describe("Platform of the cluster's nodes."),
    platforms: z
      .array(ruled(platformProblem))
      .min(2, "names fewer than two: write 'platform' for nodes of one kind")
      .optional()
      .describe(
        "Instead of `platform`, for nodes of several kinds, e.g. `[linux/amd64, linux/arm64]`: each image is built for each, and is an index.",
      ),
    args: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
      .prefault({})
      .describe("Build arguments, e.g. a mirror of a base image."),
    network: text.optional().describe("Network mode while building, e.g. `host`."),
  })
  .prefault({})
  .describe("How images are built.");

const image = ruled(imageProblem);

/** Images of others. */
export const otherImages = z
  .strictObject({
    postgres: image
      .prefault("docker.io/library/postgres:18.6-bookworm")
      .describe("By exact version."),
    prometheus: image.prefault("docker.io/prom/prometheus:v3.13.3").describe("By exact version."),
    grafana: image.prefault("docker.io/grafana/grafana:13.2.3").describe("By exact version."),
    pushgateway: image.prefault("docker.io/prom/pushgateway:v1.11.1").describe("By exact version."),
    alertmanager: image
      .prefault("docker.io/prom/alertmanager:v0.35.0")
      .describe("By exact version."),
    postgresExporter: image
      .prefault("docker.io/prometheuscommunity/postgres-exporter:v0.18.1")
      .describe("By exact version."),
    blackboxExporter: image
      .prefault("docker.io/prom/blackbox-exporter:v0.28.0")
      .describe("By exact version."),
    oauth2Proxy: image
      .prefault("quay.io/oauth2-proxy/oauth2-proxy:v7.15.6")
      .describe("By exact version."),
    restic: image.prefault("docker.io/restic/restic:0.18.1").describe("By exact version."),
  })
  .prefault({})
  .describe("Images of others; point them at your mirror.");
