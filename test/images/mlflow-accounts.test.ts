import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowRegistry } from "../../serving/src/registry/mlflow-registry.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { long } from "../support/long.ts";
import { type Account, MlflowServer } from "../support/mlflow-server.ts";
import { walk } from "../support/mlflow-walk.ts";

const API = "/api/2.0/mlflow";
const IRIS = join(ROOT, "training", "models", "iris.yaml");

/** Every route of MLflow 3.17.2 with who may use it; both spellings of an API as one line where they do not differ. */
const RECORDED = join(import.meta.dirname, "mlflow-routes.txt");

/** What the serving account may do: whoever adds a line gives every prediction API, and the page, that right. */
const SERVING = [
  "GET /api/2.0/mlflow-artifacts/artifacts",
  "GET /api/2.0/mlflow-artifacts/artifacts/<path>",
  "GET /api/2.0/mlflow/logged-models/<model_id>",
  "GET /api/2.0/mlflow/model-versions/get",
  "GET /api/2.0/mlflow/model-versions/get-download-uri",
  "GET /api/2.0/mlflow/model-versions/search",
  "GET /api/2.0/mlflow/registered-models/alias",
  "GET /api/2.0/mlflow/registered-models/get",
  "GET /api/2.0/mlflow/runs/get",
];

describe("the accounts of MLflow", function () {
  this.timeout(600_000);
  let server: MlflowServer;
  before(async () => {
    server = await MlflowServer.start();
  });
  after(() => server.stop());

  const refused = async (account: Account, route: string, body: unknown, reason: RegExp) => {
    const { status, text } = await server.ask(account, route, body);
    assert.equal(status, 403, `${account}: ${route}: ${text}`);
    assert.match(text, reason);
  };
  const experiment = async (account: Account, name: string, more: object = {}) =>
    server.ask(account, `POST ${API}/experiments/create`, { name, ...more });

  it("get artifacts from the server alone: no client is sent to the store itself", async () => {
    const { text } = await server.ask("nobody", "GET /api/3.0/mlflow/server-info");
    assert.match(text, /"multipart_downloads_enabled": ?false/);
    const script = [
      "import sys",
      `sys.path.insert(0, ${JSON.stringify(join(ROOT, "images/mlflow/bin"))})`,
      "import serve",
      "from mlflow.server import handlers",
      "from mlflow.store.artifact import artifact_repo, s3_artifact_repo",
      "kinds = ['MultipartDownloadMixin', 'MultipartUploadMixin', 'PresignedUploadMixin']",
      "s3 = s3_artifact_repo.S3ArtifactRepository",
      "print([issubclass(s3, getattr(artifact_repo, kind)) for kind in kinds], [issubclass(s3, getattr(handlers, kind)) for kind in kinds])",
    ];
    const said = server.python("training", script.join("\n"));
    assert.equal(said, "[True, True, True] [False, False, False]");
  });

  it("let training train, sign, register and promote a model that nobody knew, and look at it again", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-key-"));
    const key = join(folder, "key");
    writeFileSync(key, "a key for tests, as long as a key".padEnd(43, "x"));
    const script = `import os
os.environ["SLIPWAY_SIGNING_KEY_FILE"] = ${JSON.stringify(key)}
from training.__main__ import main
raise SystemExit(main(["train", ${JSON.stringify(IRIS)}]))`;
    server.python("training", script);
    server.python("training", script);
    rmSync(folder, { recursive: true });
  });

  it("let serving load a model, with our client and with MLflow's", async () => {
    const login = { username: "serving", password: "password-of-serving" };
    const reference = { kind: "alias", name: "iris-model", alias: "champion" } as const;
    const found = await new MlflowRegistry(server.url, reference, login).resolve();
    assert.equal(found.version, "1");
    assert.match((await found.read("MLmodel", 1e6)).toString(), /slipway/);
    assert.match((await found.read("MLmodel.sig", 1e6)).toString(), /^key: /m);
    const loaded = server.python(
      "serving",
      'import mlflow\nprint(type(mlflow.onnx.load_model("models:/iris-model@champion")).__name__)\n' +
        'print(type(mlflow.onnx.load_model("models:/iris-model/1")).__name__)',
    );
    assert.equal(loaded, "ModelProto\nModelProto");
  });

  it("may use the routes that are recorded for them, of all that MLflow has", async () => {
    const found = await walk(server);
    if (process.env["SLIPWAY_RECORD"] === "1") writeFileSync(RECORDED, `${found.join("\n")}\n`);
    const recorded = readFileSync(RECORDED, "utf8").trim().split("\n");
    const [fresh, gone] = [without(found, recorded), without(recorded, found)];
    assert.deepEqual(
      { fresh, gone },
      { fresh: [], gone: [] },
      `MLflow's routes, or who may use them, are not those of ${RECORDED}: look at each line, then run this file with SLIPWAY_RECORD=1`,
    );
    const served = found.filter((line) => line.startsWith("serving ")).map((line) => line.slice(8));
    assert.deepEqual(served, SERVING);
  });

  it("leave serving no other way to write", async () => {
    const reason = /the account 'serving' may not \w+ .*it reads models and nothing else/;
    const place = { artifact_location: "file:///tmp/anywhere" };
    for (const api of ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"]) {
      await refused(
        "serving",
        `POST ${api}/experiments/create`,
        { name: "mine", ...place },
        reason,
      );
      await refused("serving", `POST ${api}/registered-models/create`, { name: "claimed" }, reason);
    }
    const secret = { secret_name: "s", secret_value: { api_key: "k" }, provider: "openai" };
    await refused("serving", "POST /api/3.0/mlflow/gateway/secrets/create", secret, reason);
    const password = { username: "serving", password: "another-password" };
    await refused("serving", `PATCH ${API}/users/update-password`, password, reason);
    await refused("serving", "PUT /api/2.0/mlflow-artifacts/artifacts/0/a/b", {}, reason);
    for (const target of ["//api/2.0/mlflow/experiments/create", `${API}/experiments/create/`]) {
      const { status } = await server.ask("serving", `POST ${target}`, { name: "by-a-side-door" });
      assert.ok([403, 404, 405].includes(status), `${target}: ${status}`);
    }
    const { text } = await server.ask("admin", `POST ${API}/experiments/search`, {
      max_results: 100,
    });
    assert.doesNotMatch(text, /mine|by-a-side-door/);
  });

  it("leave the place of artifacts and the source of a version to MLflow's store", async () => {
    const places = ["file:///tmp/elsewhere", "/tmp/elsewhere", "s3://other", "mlflow-artifacts:/1"];
    for (const location of places) {
      for (const field of ["artifact_location", "artifactLocation"]) {
        const { status, text } = await experiment("training", "elsewhere", { [field]: location });
        assert.equal(status, 403, text);
        assert.match(text, new RegExp(`artifact_location '${location}' .*leave it out`));
      }
    }
    const sources = [
      "file:///etc",
      "s3://other/model",
      "http://127.0.0.1/m",
      "mlflow-artifacts://127.0.0.1:1/m",
    ];
    for (const source of sources) {
      const body = { name: "iris-model", source };
      await refused(
        "training",
        `POST ${API}/model-versions/create`,
        body,
        /is not in MLflow's store: log the model first/,
      );
    }
    assert.equal((await experiment("training", "within")).status, 200);
    assert.equal(
      (await experiment("admin", "chosen", { artifact_location: "s3://mlflow/x" })).status,
      200,
    );
    assert.ok(!existsSync("/tmp/elsewhere"));
  });

  it("let nobody but an administrator delete what an alias points at", async () => {
    const body = { name: "iris-model", version: "1" };
    const route = `DELETE ${API}/model-versions/delete`;
    await refused(
      "training",
      route,
      body,
      /version 1 of iris-model holds the alias 'champion'.*move the alias/,
    );
    const tag = { ...body, key: "note", value: "kept" };
    assert.equal(
      (await server.ask("training", `POST ${API}/model-versions/set-tag`, tag)).status,
      200,
    );
    for (const gone of [
      "DELETE registered-models/delete",
      "POST registered-models/rename",
      "DELETE registered-models/alias",
    ]) {
      const target = gone.replace(" ", ` ${API}/`);
      await refused(
        "training",
        target,
        { name: "iris-model", new_name: "b", alias: "champion" },
        /the account 'training' may not/,
      );
    }
  });

  it("let training delete runs of monitoring, and no other", async () => {
    const logged = async (name: string, tags: object[]) => {
      const made = await experiment("training", name);
      const { experiment_id } = JSON.parse(made.text) as { experiment_id: string };
      const answer = await server.ask("training", `POST ${API}/runs/create`, {
        ...{ experiment_id, tags },
      });
      return (JSON.parse(answer.text) as { run: { info: { run_id: string } } }).run.info;
    };
    const route = `POST ${API}/runs/delete`;
    const tag = { key: "slipway.monitoring", value: "iris-model" };
    const reason = /is none of monitoring: ask an administrator to delete it/;
    await refused("training", route, await logged("iris-model-training", [tag]), reason);
    await refused("training", route, await logged("other-monitoring", []), reason);
    const own = await logged("iris-model-monitoring", [tag]);
    assert.equal((await server.ask("training", route, own)).status, 200);
  });

  it("hold people with a plain account to the same, and leave them the rest", async () => {
    const person = { username: "nobody-special", password: "password-of-nobody-special" };
    assert.equal((await server.ask("admin", `POST ${API}/users/create`, person)).status, 200);
    const ask = (route: string, body?: unknown) =>
      server.ask(person.username as Account, route, body);
    assert.equal((await ask("GET /")).status, 200);
    const own = await ask(`POST /ajax-api/2.0/mlflow/experiments/create`, { name: "own" });
    assert.equal(own.status, 200, own.text);
    const elsewhere = { name: "else", artifact_location: "file:///tmp/elsewhere" };
    assert.match(
      (await ask(`POST /ajax-api/2.0/mlflow/experiments/create`, elsewhere)).text,
      /leave it out/,
    );

    assert.equal(
      (await ask(`POST ${API}/registered-models/create`, { name: "theirs" })).status,
      200,
    );
    const { experiment_id } = JSON.parse(own.text) as { experiment_id: string };
    const run = await ask(`POST ${API}/runs/create`, { experiment_id });
    const { info } = (JSON.parse(run.text) as { run: { info: Record<string, string> } }).run;
    const { run_id, artifact_uri = "" } = info;
    const source = { name: "theirs", run_id, source: `${artifact_uri}/model` };
    const created = await ask(`POST ${API}/model-versions/create`, source);
    assert.equal(created.status, 200, created.text);
    const alias = { name: "theirs", alias: "champion", version: "1" };
    assert.equal((await ask(`POST ${API}/registered-models/alias`, alias)).status, 200);
    for (const api of ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"]) {
      assert.match(
        (await ask(`DELETE ${api}/model-versions/delete`, alias)).text,
        /version 1 of theirs holds/,
      );
      assert.match(
        (await ask(`DELETE ${api}/registered-models/delete`, alias)).text,
        /the model theirs holds/,
      );
      assert.match(
        (await ask(`POST ${api}/registered-models/rename`, { ...alias, new_name: "b" })).text,
        /the model theirs holds/,
      );
    }
    assert.equal((await ask(`DELETE ${API}/registered-models/alias`, alias)).status, 200);
    assert.equal((await ask(`DELETE ${API}/model-versions/delete`, alias)).status, 200);
  });

  it("are asked to wait after ten wrong passwords, before one is looked at, and let in who was in", async () => {
    const route = `GET ${API}/registered-models/get?name=iris-model`;
    assert.equal((await server.ask("admin", route)).status, 200);
    const guess = (n: number) => server.ask("admin", route, undefined, `guess-${n}`);
    const first = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(n)));
    const count = (status: number) => first.filter((answer) => answer.status === status).length;
    assert.deepEqual([count(401), count(429)], [10, 10]);
    const { status, text, headers } = await guess(21);
    assert.equal(status, 429);
    assert.match(text, /too many wrong passwords for the account 'admin': wait \d+ s/);
    assert.ok(Number(headers["retry-after"]) >= 1);
    assert.equal((await server.ask("admin", route)).status, 200);
    assert.equal((await server.ask("serving", route)).status, 200);

    const file = "GET /api/2.0/mlflow-artifacts/artifacts/0/none";
    const files = await Promise.all(
      Array.from({ length: 12 }, (_, n) => server.ask("training", file, undefined, `guess-${n}`)),
    );
    assert.equal(files.filter((answer) => answer.status === 429).length, 2);
    assert.equal((await server.ask("training", file)).status, 404);
  });
});

describe("MLflow with several workers", () => {
  long("answers, and asks each account what it may", async function () {
    this.timeout(300_000);
    const server = await MlflowServer.start(2);
    try {
      const { status, text } = await server.ask("serving", `POST ${API}/experiments/create`, {});
      assert.equal(status, 403, text);
    } finally {
      await server.stop();
    }
  });
});

function without(lines: string[], others: string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}
