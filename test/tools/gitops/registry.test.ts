import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../../tools/gitops/registry.ts";
import { installed } from "../../../tools/lib/installed.ts";
import { end, freePort } from "../../support/processes.ts";

const missing = ["docker-registry", "htpasswd"].filter((name) => !installed(name));
const why = missing.length > 0 ? ` (skipped: ${missing.join(", ")} not on the PATH)` : "";
const login = Buffer.from("pusher:secret").toString("base64");

describe(`the digest behind a tag${why}`, () => {
  const dockerConfig = process.env["DOCKER_CONFIG"];
  let folder: string;
  let host: string;
  let registry: ChildProcess;
  let digest: string;

  const dockerLogin = (server: string, auth = login) => {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [server]: { auth } } }));
  };

  before(async function () {
    if (missing.length > 0) {
      this.skip();
      return;
    }
    folder = mkdtempSync(join(tmpdir(), "slipway-registry-"));
    process.env["DOCKER_CONFIG"] = folder;
    host = `127.0.0.1:${await freePort()}`;
    const line = execFileSync("htpasswd", ["-niB", "pusher"], { input: "secret" });
    writeFileSync(join(folder, "htpasswd"), line);
    const config = {
      version: "0.1",
      storage: { filesystem: { rootdirectory: join(folder, "data") } },
      http: { addr: host },
      auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
    };
    writeFileSync(join(folder, "registry.yml"), JSON.stringify(config));
    const args = ["serve", join(folder, "registry.yml")];
    registry = spawn("docker-registry", args, { stdio: "ignore" });
    for (let tries = 0; tries < 100; tries++) {
      if (await fetch(`http://${host}/v2/`).catch(() => undefined)) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    digest = await pushEmptyImage(`http://${host}/v2/team/slipway/serving`, "1a2b3c4");
  });

  after(async () => {
    if (dockerConfig === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = dockerConfig;
    if (missing.length > 0) return;
    await end(registry);
    rmSync(folder, { recursive: true, force: true });
  });

  it("is what the registry says, with the login of `docker login`", async () => {
    dockerLogin(host);
    assert.equal(await digestOf(`${host}/team/slipway/serving:1a2b3c4`), digest);
  });

  it("is told to the stack's own login, where there was no `docker login`", async () => {
    dockerLogin("elsewhere.example.com");
    const reference = `${host}/team/slipway/serving:1a2b3c4`;
    assert.equal(await digestOf(reference, () => Promise.resolve(login)), digest);
  });

  it("is absent for a tag or a repository that was never pushed", async () => {
    dockerLogin(host);
    assert.equal(await digestOf(`${host}/team/slipway/serving:0000000`), undefined);
    assert.equal(await digestOf(`${host}/team/slipway/ui:1a2b3c4`), undefined);
  });

  it("is not told without or with an expired login, and the remedy is named", async () => {
    const message = new RegExp(`answers 401 for team/slipway/serving:1a2b3c4: run .docker login`);
    dockerLogin("elsewhere.example.com");
    await assert.rejects(digestOf(`${host}/team/slipway/serving:1a2b3c4`), message);
    dockerLogin(host, Buffer.from("pusher:expired").toString("base64"));
    await assert.rejects(digestOf(`${host}/team/slipway/serving:1a2b3c4`), message);
  });

  it("comes from a registry that wants a token, for which the login is exchanged", async () => {
    // Hosted registries answer so; Debian's registry needs a certificate chain for it.
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      const { port } = server.address() as AddressInfo;
      if (request.url?.startsWith("/token")) {
        asked.push(request.url);
        response.end(JSON.stringify({ token: "t0ken" }));
      } else if (request.headers.authorization === "Bearer t0ken") {
        response.setHeader("docker-content-digest", digest).end();
      } else {
        const realm = `Bearer realm="http://127.0.0.1:${port}/token",service="registry",scope="repository:x:pull"`;
        response.writeHead(401, { "www-authenticate": realm }).end();
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    dockerLogin(own);
    assert.equal(await digestOf(`${own}/x:1`), digest);
    server.close();
    assert.deepEqual(asked.slice(0, 3), [
      undefined,
      `Basic ${login}`,
      "/token?service=registry&scope=repository%3Ax%3Apull",
    ]);
  });

  it("is not told by a registry that does not answer", async () => {
    const closed = `127.0.0.1:${await freePort()}`;
    await assert.rejects(
      digestOf(`${closed}/x:1`),
      new RegExp(`registry ${closed} does not answer: .*ECONNREFUSED`),
    );
  });
});

/** Pushes an image of no layers the way any client does. */
async function pushEmptyImage(base: string, tag: string): Promise<string> {
  const authorization = `Basic ${login}`;
  const config = "{}";
  const configDigest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
  const begun = await fetch(`${base}/blobs/uploads/`, {
    method: "POST",
    headers: { authorization },
  });
  const location = begun.headers.get("location") ?? "";
  const separator = location.includes("?") ? "&" : "?";
  const upload = `${location}${separator}digest=${encodeURIComponent(configDigest)}`;
  await fetch(upload, {
    method: "PUT",
    headers: { authorization, "content-type": "application/octet-stream" },
    body: config,
  });
  const type = "application/vnd.docker.distribution.manifest.v2+json";
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: configDigest,
    },
    layers: [],
  });
  const put = await fetch(`${base}/manifests/${tag}`, {
    method: "PUT",
    headers: { authorization, "content-type": type },
    body: manifest,
  });
  assert.equal(put.status, 201, await put.text());
  return `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
}
