import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, type Server, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { atTheDoor } from "../../components/grafana-login.ts";
import { runs } from "../../tools/lib/cached-programs.ts";
import { LoginProxy } from "../support/login-proxy.ts";
import { longSuite } from "../support/long.ts";
import { Browser, CLIENT, PeopleProvider } from "../support/people-provider.ts";
import { freePort } from "../support/processes.ts";

/** A group whose name a list would be split at. */
const OF_A_DIRECTORY = "CN=all,OU=staff";

longSuite("the login before Grafana, by the real oauth2-proxy and a real provider", function () {
  this.timeout(600_000);
  if (!runs("go", "version")) {
    it.skip("cannot run: there is no Go to build oauth2-proxy with");
    return;
  }
  let provider: PeopleProvider;
  let behind: Server;
  let proxy: LoginProxy;
  /** Requests that came through. */
  let came: IncomingMessage[];

  /** Checks a token as Grafana is told to. @returns whose it is. */
  async function judge({ headers }: IncomingMessage) {
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
    const expected = { issuer: provider.issuer, audience: CLIENT };
    return (await jwtVerify<{ email: string; groups: string[] }>(token, keys, expected)).payload;
  }

  before(async () => {
    came = [];
    behind = createServer((request, response) => {
      came.push(request);
      void judge(request).then(
        ({ email, groups }) => response.end(JSON.stringify({ email, groups })),
        (error: unknown) => response.writeHead(401).end(String(error)),
      );
    }).listen(0, "127.0.0.1");
    behind.on("upgrade", (request, socket) => {
      void judge(request).then(({ email }) => {
        const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"];
        socket.end([...lines, "Connection: Upgrade", "", `live for ${email}`].join("\r\n"));
      });
    });
    await once(behind, "listening");
    const host = `127.0.0.1:${await freePort()}`;
    provider = await PeopleProvider.start([`http://${host}/oauth2/callback`]);
    provider.groups["rea@example.com"] = ["other", OF_A_DIRECTORY];
    provider.groups["not@example.com"] = ["CN=all", "OU=staff"];
    const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
    proxy = await LoginProxy.start(host, provider, {
      ...{ name: "grafana", url, readers: [OF_A_DIRECTORY], door: atTheDoor },
    });
  });
  after(async () => {
    await proxy.stop();
    await provider.stop();
    behind.close();
    behind.closeAllConnections();
  });

  it("sends the token of somebody in a group along, whatever other header they send", async () => {
    const browser = new Browser();
    const shown = await browser.open(`${proxy.page}/d/slipway-platform`, "rea@example.com");
    assert.equal(shown.status, 200, shown.text + proxy.said);
    assert.equal(shown.url, `${proxy.page}/d/slipway-platform`);
    const person = { email: "rea@example.com", groups: ["other", OF_A_DIRECTORY] };
    assert.deepEqual(JSON.parse(shown.text), person);
    const password = { authorization: `Basic ${btoa("admin:password")}` };
    const asked = await browser.ask(`${proxy.page}/api/user`, undefined, password);
    assert.deepEqual(await asked.json(), person);
  });

  it("tells somebody without a group 403, and asks Grafana nothing", async () => {
    const before = came.length;
    const shown = await new Browser().open(proxy.page, "not@example.com");
    assert.equal(shown.status, 403);
    assert.match(shown.text, /You do not have permission to access this resource/);
    const token = await provider.sign("x@example.com", ["other"]);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${proxy.page}/api/user`, { headers })).status, 403);
    assert.equal(came.length, before);
  });

  it("lets no password in, and leads no program to a page", async () => {
    const before = came.length;
    const headers = { authorization: `Basic ${btoa("admin:password")}` };
    for (const path of ["/api/user", "/apis/dashboard.grafana.app/v1"]) {
      const answer = await fetch(proxy.page + path, { headers, redirect: "manual" });
      assert.equal(answer.status, 401, path);
    }
    assert.equal(came.length, before);
  });

  it("carries the live connection of a dashboard", async () => {
    const token = await provider.sign("ana@example.com", ["ml-admins"]);
    const { hostname, port, host } = new URL(proxy.page);
    const socket = connect(Number(port), hostname);
    const lines = ["GET /api/live/ws HTTP/1.1", `Host: ${host}`, "Connection: Upgrade"];
    const headers = ["Upgrade: websocket", `Authorization: Bearer ${token}`];
    socket.write([...lines, ...headers, "", ""].join("\r\n"));
    let said = "";
    for await (const chunk of socket) said += String(chunk);
    assert.match(said, /^HTTP\/1\.1 101 [^]*live for ana@example\.com$/);
  });

  it("forgets somebody who signs out where Grafana leads them to", async () => {
    const browser = new Browser();
    const open = () => browser.ask(proxy.page);
    await browser.open(proxy.page, "rea@example.com");
    assert.equal((await open()).status, 200);
    await browser.ask(`${proxy.page}/oauth2/sign_out`);
    assert.equal((await open()).status, 302);
  });
});
