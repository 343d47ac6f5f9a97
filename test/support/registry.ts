import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed } from "../../tools/lib/installed.ts";
import { end, freePort } from "./processes.ts";

/** A Docker engine and a private registry that asks for a password, both on this machine alone. */
export interface ImageWorld {
  /** The registry, e.g. `127.0.0.1:40001`. */
  host: string;
  username: string;
  password: string;
  /** What Pulumi's providers need in their environment to reach both. */
  environment: NodeJS.ProcessEnv;
  /** Digest of the manifest behind a tag; undefined where there is none. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  /** Labels of the image behind a tag. */
  labels(repository: string, tag: string): Promise<Record<string, string>>;
  /** Platforms of the index behind a tag, as `linux/arm64`. */
  platforms(repository: string, tag: string): Promise<string[]>;
  /** Pushes an image without layers, and says its digest. @param label its only content */
  push(repository: string, tag: string, label: string): Promise<string>;
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** What a tag may stand for: an image, or one for each of several platforms. */
const MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
] as const;

/** Why there can be no such world here, or undefined. */
export function missingForImages(): string | undefined {
  const missing = ["docker-registry", "htpasswd", "openssl"].filter((name) => !installed(name));
  if (missing.length > 0) return `${missing.join(", ")} not on the PATH`;
  if (engineAnswers() || (process.getuid?.() === 0 && dockerd() !== undefined)) return undefined;
  return "no Docker engine answers, and none can be started";
}

/** Starts the registry, and a Docker engine where none answers. @param plainToo the registry speaks plain HTTP beside TLS */
export async function startImageWorld(plainToo = false): Promise<ImageWorld> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-images-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const engine = engineAnswers() ? {} : await startEngine(folder, children);
    const registry = await startRegistry(folder, children, LOOPBACK, plainToo);
    return { ...registry, environment: { ...registry.environment, ...engine }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function dockerd(): string | undefined {
  return installed("dockerd") ?? ["/usr/sbin/dockerd"].find((file) => existsSync(file));
}

function engineAnswers(environment: NodeJS.ProcessEnv = {}): boolean {
  const docker = installed("docker");
  if (docker === undefined) return false;
  try {
    const env = { ...process.env, ...environment };
    execFileSync(docker, ["info"], { env, stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

async function startEngine(folder: string, children: ChildProcess[]) {
  const socket = `unix://${join(folder, "docker.sock")}`;
  const args = [
    `--host=${socket}`,
    `--data-root=${join(folder, "docker")}`,
    `--exec-root=${join(folder, "run")}`,
    `--pidfile=${join(folder, "docker.pid")}`,
    "--bridge=none",
    "--iptables=false",
    "--ip6tables=false",
  ];
  children.push(spawn(dockerd() ?? "dockerd", args, { stdio: "ignore" }));
  const environment = { DOCKER_HOST: socket };
  await until(() => Promise.resolve(engineAnswers(environment)), "the Docker engine");
  return environment;
}

/**
 * Starts a registry with a password and a certificate of its own.
 *
 * @param address where it listens. @param plainToo plain HTTP as well, for programs of Docker's; of the loopback address alone.
 */
export async function startRegistry(
  folder: string,
  children: ChildProcess[],
  address = LOOPBACK,
  plainToo = false,
) {
  const [username, password] = ["pusher", randomBytes(16).toString("hex")];
  const host = `${address}:${await freePort()}`;
  const at = (name: string) => join(folder, name);
  const line = execFileSync("htpasswd", ["-niB", username], { input: password });
  writeFileSync(at("htpasswd"), line);
  execFileSync(
    "openssl",
    [
      ..."req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=registry".split(" "),
      ...["-addext", `subjectAltName=IP:${address}`],
      ...["-keyout", at("key.pem"), "-out", at("certificate.pem")],
    ],
    { stdio: "ignore" },
  );
  const behind = plainToo ? await freePort() : 0;
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: at("registry") } },
    http: plainToo
      ? { addr: `${LOOPBACK}:${behind}`, relativeurls: true }
      : { addr: host, tls: { certificate: at("certificate.pem"), key: at("key.pem") } },
    auth: { htpasswd: { realm: "test", path: at("htpasswd") } },
  };
  writeFileSync(at("registry.yml"), JSON.stringify(config));
  children.push(spawn("docker-registry", ["serve", at("registry.yml")], { stdio: "ignore" }));
  if (plainToo) {
    const front = [join(import.meta.dirname, "both-schemes.ts"), host.split(":")[1] ?? ""];
    const args = ["--import", "tsx", ...front, String(behind), folder];
    children.push(spawn(process.execPath, args, { stdio: "ignore" }));
  }

  const ca = readFileSync(at("certificate.pem"));
  const [manifestType] = MANIFESTS;
  interface Answer {
    status: number;
    digest?: string;
    location?: string;
    body: string;
  }
  const ask = (path: string, method = "GET", type = "", sent = "") =>
    new Promise<Answer>((resolve) => {
      const headers = {
        accept: MANIFESTS.join(),
        ...(type === "" ? {} : { "content-type": type }),
      };
      const options = { ca, auth: `${username}:${password}`, method, headers };
      const asked = request(new URL(path, `https://${host}/v2/`), options, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => {
          const { location, "docker-content-digest": digest } = response.headers;
          const status = response.statusCode ?? 0;
          const known = typeof digest === "string" ? { digest } : {};
          resolve({ status, body, ...known, ...(location === undefined ? {} : { location }) });
        });
      });
      asked.on("error", (error) => {
        resolve({ status: 0, body: error.message });
      });
      asked.end(sent);
    });
  await until(async () => (await ask("")).status === 200, "the registry");

  const digest = async (repository: string, tag: string) =>
    (await ask(`${repository}/manifests/${tag}`)).digest;
  const labels = async (repository: string, tag: string) => {
    const manifest = await ask(`${repository}/manifests/${tag}`);
    const { config } = JSON.parse(manifest.body) as { config: { digest: string } };
    const { body } = await ask(`${repository}/blobs/${config.digest}`);
    return (JSON.parse(body) as { config: { Labels: Record<string, string> } }).config.Labels;
  };
  const platforms = async (repository: string, tag: string) => {
    const { body } = await ask(`${repository}/manifests/${tag}`);
    const { manifests } = JSON.parse(body) as {
      manifests: { platform: { os: string; architecture: string } }[];
    };
    return manifests.map(({ platform: { os, architecture } }) => `${os}/${architecture}`);
  };
  const push = async (repository: string, tag: string, label: string): Promise<string> => {
    const config = JSON.stringify({ config: { Labels: { label } }, rootfs: { type: "layers" } });
    const hash = `sha256:${createHash("sha256").update(config).digest("hex")}`;
    const { location = "" } = await ask(`${repository}/blobs/uploads/`, "POST");
    const blob = new URL(location, `https://${host}`);
    blob.searchParams.set("digest", hash);
    await ask(blob.href, "PUT", "application/octet-stream", config);
    const mediaType = "application/vnd.docker.container.image.v1+json";
    const manifest = {
      ...{ schemaVersion: 2, mediaType: manifestType, layers: [] },
      config: { mediaType, digest: hash, size: config.length },
    };
    const path = `${repository}/manifests/${tag}`;
    const put = await ask(path, "PUT", manifestType, JSON.stringify(manifest));
    if (put.digest === undefined) throw new Error(`not pushed: ${put.status} ${put.body}`);
    return put.digest;
  };
  const environment = { SSL_CERT_FILE: at("certificate.pem") };
  return { host, username, password, environment, digest, labels, platforms, push };
}

async function until(ready: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} did not answer within 30 s`);
}
