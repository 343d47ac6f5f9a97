import assert from "node:assert/strict";
import { generateKeyPair } from "jose";
import { acceptedTokens } from "../../components/people-login.ts";
import { runs } from "../../tools/lib/cached-programs.ts";
import { LoginProxy, settingsFor } from "../support/login-proxy.ts";
import { longSuite } from "../support/long.ts";
import { MlflowServer } from "../support/mlflow-server.ts";
import { Browser, PeopleProvider } from "../support/people-provider.ts";
import { freePort } from "../support/processes.ts";

const API = "/api/2.0/mlflow";
const CREATE = `POST ${API}/experiments/create`;
const SEARCH = `POST ${API}/experiments/search`;
const USERS = "GET /api/2.0/mlflow/users/get?username=ana@example.com";
const ARTIFACT = "/api/2.0/mlflow-artifacts/artifacts/note.txt";

const tokensOf = (issuer: string) =>
  acceptedTokens(settingsFor(issuer) as unknown as Parameters<typeof acceptedTokens>[0]);

describe("people at MLflow, by their provider's tokens", function () {
  this.timeout(300_000);
  let provider: PeopleProvider;
  let server: MlflowServer;
  before(async () => {
    provider = await PeopleProvider.start();
    server = await MlflowServer.start(1, { SLIPWAY_LOGIN: tokensOf(provider.issuer) });
  });
  after(async () => {
    await server.stop();
    await provider.stop();
  });

  const status = async (token: string, route: string, body?: unknown) =>
    (await server.askWith(token, route, body)).status;

  it("may do what their best group may: read, train, or everything", async () => {
    const reader = await provider.sign("rea@example.com", ["staff"]);
    const trainer = await provider.sign("tra@example.com", ["staff", "ml-team"]);
    const admin = await provider.sign("ana@example.com", ["ml-team", "ml-admins"]);
    const search = { max_results: 5 };
    for (const token of [reader, trainer, admin])
      assert.equal(await status(token, SEARCH, search), 200);
    const { status: refused, text } = await server.askWith(reader, CREATE, { name: "a" });
    assert.equal(refused, 403);
    assert.match(text, /rea@example\.com may read: to POST .*takes a group of trainers/);
    assert.equal(await status(trainer, CREATE, { name: "b" }), 200);
    const elsewhere = { name: "c", artifact_location: "file:///etc" };
    assert.match((await server.askWith(trainer, CREATE, elsewhere)).text, /an administrator's/);
    assert.equal(await status(admin, CREATE, elsewhere), 200);
    assert.equal(await status(trainer, USERS), 403);
    assert.equal(await status(admin, USERS), 200);
  });

  it("put artifacts by the same rules, which another part of MLflow serves", async () => {
    const reader = await provider.sign("rea@example.com", ["staff"]);
    const admin = await provider.sign("ana@example.com", ["ml-admins"]);
    assert.equal(await status(reader, `PUT ${ARTIFACT}`, "x"), 403);
    assert.equal(await status(admin, `PUT ${ARTIFACT}`, "x"), 200);
    assert.equal(await status(admin, `GET ${ARTIFACT}`), 200);
  });

  it("lose a right with their group, at the next token", async () => {
    const [admin, trainer] = ["ml-admins", "ml-team"].map((group) =>
      provider.sign("eva@example.com", [group]),
    );
    assert.equal(await status((await admin) ?? "", USERS), 200);
    assert.equal(await status((await trainer) ?? "", USERS), 403);
    const none = await server.askWith(await provider.sign("eva@example.com", ["other"]), USERS);
    assert.equal(none.status, 403);
    assert.match(none.text, /eva@example\.com is in none of the groups ml-admins, ml-team, staff/);
  });

  it("are refused with any token that is not theirs, and told why", async () => {
    const { privateKey: foreign } = await generateKeyPair("RS256");
    const now = Math.floor(Date.now() / 1000);
    const sign = (parts: Parameters<PeopleProvider["sign"]>[2], email = "ana@example.com") =>
      provider.sign(email, ["ml-admins"], parts);
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    const [, payload] = (await sign({})).split(".");
    const cases: [string, string, RegExp, number?][] = [
      ["another's key", await sign({ key: foreign }), /Signature verification failed/],
      ["another client", await sign({ claims: { aud: "grafana" } }), /Audience doesn't match/],
      ["another provider", await sign({ claims: { iss: "https://e.example" } }), /Invalid issuer/],
      ["an hour ago", await sign({ claims: { exp: now - 3600 } }), /expired/],
      ["no end", await sign({ claims: { exp: undefined } }), /missing the ..exp.. claim/],
      ["no signature", `${none}.${payload ?? ""}.`, /not taken/],
      ["no token at all", "abc", /not taken/],
      ["no name", await sign({ claims: { email: undefined } }), /no claim 'email'/, 403],
      ["a name of ours", await sign({}, "training"), /account of Slipway's own/, 403],
      ["the administrator's name", await sign({}, "admin"), /account of Slipway's own/, 403],
    ];
    for (const [what, token, reason, code = 401] of cases) {
      const answer = await server.askWith(token, SEARCH, { max_results: 1 });
      assert.equal(answer.status, code, `${what}: ${answer.text}`);
      assert.match(answer.text, reason, what);
    }
  });

  it("do not have the provider asked again by each token with a key that nobody knows", async () => {
    const before = provider.keyRequests;
    for (let index = 0; index < 20; index++) {
      const token = await provider.sign("x@example.com", [], { header: { kid: `k${index}` } });
      assert.equal(await status(token, SEARCH, { max_results: 1 }), 401);
    }
    assert.ok(provider.keyRequests - before <= 2, String(provider.keyRequests - before));
  });

  it("leave Jobs their accounts, also while the provider is down", async () => {
    const known = await provider.sign("ana@example.com", ["ml-admins"]);
    provider.answer(500);
    const { status: code } = await server.ask("training", SEARCH, { max_results: 1 });
    assert.equal(code, 200);
    // Its keys are remembered for a while.
    assert.equal(await status(known, SEARCH, { max_results: 1 }), 200);
  });
});

describe("MLflow whose provider does not answer", function () {
  this.timeout(120_000);

  it("starts, and tells people why they are not let in", async () => {
    const login = tokensOf("http://127.0.0.1:9");
    const provider = await PeopleProvider.start();
    const server = await MlflowServer.start(1, { SLIPWAY_LOGIN: login });
    try {
      const token = await provider.sign("ana@example.com", ["ml-admins"]);
      const answer = await server.askWith(token, SEARCH, { max_results: 1 });
      assert.equal(answer.status, 503);
      assert.match(
        answer.text,
        /the provider does not answer at http:\/\/127\.0\.0\.1:9\/\.well-known/,
      );
    } finally {
      await server.stop();
      await provider.stop();
    }
  });
});

longSuite("the login before MLflow, by the real oauth2-proxy and a real provider", function () {
  this.timeout(600_000);
  if (!runs("go", "version")) {
    it.skip("cannot run: there is no Go to build oauth2-proxy with");
    return;
  }
  let provider: PeopleProvider;
  let server: MlflowServer;
  let proxy: LoginProxy;
  let page: string;
  before(async () => {
    const host = `127.0.0.1:${await freePort()}`;
    page = `http://${host}`;
    provider = await PeopleProvider.start([`${page}/oauth2/callback`]);
    server = await MlflowServer.start(1, {
      SLIPWAY_LOGIN: tokensOf(provider.issuer),
      MLFLOW_SERVER_ALLOWED_HOSTS: "*",
    });
    proxy = await LoginProxy.start(host, provider, { name: "mlflow", url: server.url });
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
    await provider.stop();
  });

  it("sends somebody to the provider, and back to the page that they wanted", async () => {
    provider.groups["ana@example.com"] = ["ml-admins"];
    const browser = new Browser();
    const first = await browser.ask(page);
    assert.equal(first.status, 302, proxy.said);
    const location = first.headers.get("location") ?? "";
    assert.match(location, new RegExp(`^${provider.issuer}/auth\\?.*code_challenge_method=S256`));
    const shown = await browser.open(`${page}/?from=mail`, "ana@example.com");
    assert.equal(shown.status, 200, shown.text);
    assert.equal(shown.url, `${page}/?from=mail`);
    assert.match(shown.text, /MLflow/);
    const users = await browser.ask(`${page}/api/2.0/mlflow/users/get?username=ana@example.com`);
    assert.equal(users.status, 200);
    assert.match(await users.text(), /"is_admin": ?true/);
  });

  it("tells somebody without a group why, once the provider let them in", async () => {
    const shown = await new Browser().open(page, "nobody@example.com");
    assert.equal(shown.status, 403, shown.text);
    assert.match(
      shown.text,
      /nobody@example\.com is in none of the groups ml-admins, ml-team, staff/,
    );
  });

  it("lets in neither a password nor a program without a token, and says so", async () => {
    const basic = { authorization: `Basic ${btoa("admin:password-of-admin")}` };
    const answer = await fetch(page + API + "/experiments/get?experiment_id=0", {
      headers: basic,
      redirect: "manual",
    });
    assert.equal(answer.status, 401);
  });

  it("lets a program in with a token of its own", async () => {
    const token = await provider.sign("tra@example.com", ["ml-team"]);
    const answer = await fetch(page + API + "/experiments/get?experiment_id=0", {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 200, await answer.text());
    const forged = await fetch(page + API + "/experiments/get?experiment_id=0", {
      headers: { authorization: `Bearer ${token.slice(0, -4)}abcd` },
      redirect: "manual",
    });
    assert.equal(forged.status, 401);
  });
});
