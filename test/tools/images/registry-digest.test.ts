import assert from "node:assert/strict";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { registryDigest } from "../../../tools/images/registry-digest.ts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const ACCOUNT = { username: "robot", password: "canary" };

/** A registry as they are met: open, with an account, or with tokens of a server of its own. */
class PlayedRegistry {
  want: "nothing" | "basic" | "token" = "nothing";
  digest: string | undefined = DIGEST;
  status = 200;
  /** What tokens were asked for. */
  scopes: (string | null)[] = [];
  host = "";
  readonly #server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${this.host}`);
    const { authorization } = request.headers;
    if (url.pathname === "/token") {
      this.scopes.push(url.searchParams.get("scope"));
      response.end(JSON.stringify({ token: "given" }));
      return;
    }
    const challenge = {
      nothing: undefined,
      basic: 'Basic realm="registry"',
      token: `Bearer realm="http://${this.host}/token",service="registry",scope="repository:team/ui:pull"`,
    }[this.want];
    const right = {
      nothing: undefined,
      basic: `Basic ${btoa("robot:canary")}`,
      token: "Bearer given",
    }[this.want];
    if (challenge !== undefined && authorization !== right) {
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return;
    }
    const known = url.pathname === "/v2/team/ui/manifests/1.2.3";
    const accepts = request.headers.accept?.includes("image.index.v1+json") === true;
    const headers = this.digest === undefined ? {} : { "docker-content-digest": this.digest };
    response.writeHead(known && accepts ? this.status : 404, headers).end();
  });

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe("the digest of an image", () => {
  const registry = new PlayedRegistry();
  let image: string;
  before(async () => {
    await registry.start();
    image = `${registry.host}/team/ui:1.2.3`;
  });
  after(() => {
    registry.stop();
  });
  beforeEach(() => {
    Object.assign(registry, { want: "nothing", digest: DIGEST, status: 200 });
  });

  it("is that of its tag", async () => {
    assert.equal(await registryDigest(image), DIGEST);
  });

  it("is asked for with an account, where the registry wants one", async () => {
    registry.want = "basic";
    assert.equal(await registryDigest(image, ACCOUNT), DIGEST);
    await assert.rejects(
      registryDigest(image),
      /without an account \(401\): SLIPWAY_REGISTRY_USER/,
    );
  });

  it("is asked for with a token of the registry's own, as Docker Hub wants it", async () => {
    registry.want = "token";
    assert.equal(await registryDigest(image), DIGEST);
    assert.deepEqual(registry.scopes, ["repository:team/ui:pull"]);
  });

  it("is missed with a reason and a remedy", async () => {
    await assert.rejects(
      registryDigest(`${registry.host}/team/ui:9`),
      /ui:9: 127\.0\.0\.1:\d+ has no such image: correct its name and tag/,
    );
    registry.status = 429;
    await assert.rejects(registryDigest(image), /has answered too often \(429\)/);
    registry.status = 200;
    registry.digest = undefined;
    await assert.rejects(registryDigest(image), /gives no digest/);
    await assert.rejects(registryDigest("127.0.0.1:9/team/ui:1"), /127\.0\.0\.1:9 does not answer/);
  });
});
