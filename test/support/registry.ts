import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
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
  stop(): Promise<void>;
}

/** Why there can be no such world here, or undefined. */
export function missingForImages(): string | undefined {
  const missing = ["docker-registry", "htpasswd", "openssl"].filter((name) => !installed(name));
  if (missing.length > 0) return `${missing.join(", ")} not on the PATH`;
  if (engineAnswers() || (process.getuid?.() === 0 && dockerd() !== undefined)) return undefined;
  return "no Docker engine answers, and none can be started";
}

/** Starts the registry, and a Docker engine where none answers. */
export async function startImageWorld(): Promise<ImageWorld> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-images-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const engine = engineAnswers() ? {} : await startEngine(folder, children);
    const registry = await startRegistry(folder, children);
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
 * @param address where it listens.
 */
export async function startRegistry(
  folder: string,
  children: ChildProcess[],
  address = "127.0.0.1",
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
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: at("registry") } },
    http: { addr: host, tls: { certificate: at("certificate.pem"), key: at("key.pem") } },
    auth: { htpasswd: { realm: "test", path: at("htpasswd") } },
  };
  writeFileSync(at("registry.yml"), JSON.stringify(config));
  children.push(spawn("docker-registry", ["serve", at("registry.yml")], { stdio: "ignore" }));

  const ca = readFileSync(at("certificate.pem"));
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  const ask = (path: string) =>
    new Promise<{ status: number; digest?: string; body: string }>((resolve) => {
      const options = { ca, auth: `${username}:${password}`, headers: { accept } };
      const asked = request(`https://${host}/v2/${path}`, options, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => {
          const digest = response.headers["docker-content-digest"];
          const status = response.statusCode ?? 0;
          resolve({ status, body, ...(typeof digest === "string" ? { digest } : {}) });
        });
      });
      asked.on("error", (error) => {
        resolve({ status: 0, body: error.message });
      });
      asked.end();
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
  const environment = { SSL_CERT_FILE: at("certificate.pem") };
  return { host, username, password, environment, digest, labels };
}

async function until(ready: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} did not answer within 30 s`);
}
