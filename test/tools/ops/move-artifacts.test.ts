import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../../tools/lib/paths.ts";
import { type Connection, filesOf } from "../../../tools/ops/move/places.ts";
import { NO_PYTHON, PYTHON, scriptPath } from "../../support/boto3.ts";
import { PlayedS3 } from "../../support/played-s3.ts";

const SCRIPT = join(ROOT, "tools/ops/move/artifacts.py");

describe(`npm run move -- artifacts, between two stores${NO_PYTHON}`, function () {
  this.timeout(60_000);
  let source: PlayedS3;
  let target: PlayedS3;
  let urls: string[];
  let folder: string;

  before(function () {
    if (NO_PYTHON) this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-places-"));
    [source, target] = [new PlayedS3("mlflow", "old"), new PlayedS3("team", "new")];
    urls = [await source.start(), await target.start()];
    const typed = { "content-type": "application/json", "x-amz-meta-by": "mlflow" };
    source.put("artifacts/1/a/model.onnx", Buffer.from([0, 255, 1, 254]));
    source.put("artifacts/1/a/MLmodel.json", "{}", typed);
    source.put("artifacts/1/b c/ü & %41+é.txt", "odd names");
    source.put("artifacts/1/empty", "");
    source.put("elsewhere/1", "not MLflow's");
  });
  afterEach(() => {
    source.stop();
    target.stop();
    rmSync(folder, { recursive: true });
  });

  const place = (store: PlayedS3, url: string): Connection => ({
    ...{ address: url, secret: "", port: 0, bucket: store.bucket },
    ...{ username: store.accessKey, password: "secret-key", authority: "" },
    variables: { MLFLOW_S3_ENDPOINT_URL: url, AWS_DEFAULT_REGION: "eu-west-3" },
  });

  /** Runs what the Job runs, with what it is given. */
  async function move(more: Record<string, string> = {}) {
    const [from = "", to = ""] = urls;
    const places = { source: place(source, from), target: place(target, to) };
    for (const [name, text] of Object.entries(filesOf("artifacts", places)))
      writeFileSync(join(folder, name), text);
    const run = await execa(PYTHON, [SCRIPT], {
      ...{
        env: {
          PLACES: folder,
          PYTHONPATH: scriptPath(),
          NO_PROXY: "127.0.0.1",
          ...more,
        },
        reject: false,
        all: true,
      },
    });
    assert.ok(!run.all.includes("secret-key"));
    return { code: run.exitCode, said: run.all };
  }
  const moved = () => {
    const all = Object.entries(source.texts());
    return Object.fromEntries(all.filter(([key]) => key.startsWith("artifacts/")));
  };

  it("copies every object with its content type and metadata, and says how much", async () => {
    const { code, said } = await move();
    assert.equal(code, 0, said);
    assert.match(said, /alike: 4 objects, 15 bytes$/);
    assert.deepEqual(target.texts(), moved());
    const { headers } = target.objects.get("artifacts/1/a/MLmodel.json") ?? { headers: {} };
    assert.deepEqual(headers, { "content-type": "application/json", "x-amz-meta-by": "mlflow" });
    assert.deepEqual(source.writes, []);
  });

  it("goes on where it was interrupted, and copies nothing twice", async () => {
    target.put("artifacts/1/a/model.onnx", Buffer.from([0, 255, 1, 254]));
    const { code, said } = await move();
    assert.equal(code, 0, said);
    assert.equal(target.writes.filter((write) => write.includes("model.onnx")).length, 0);
    target.writes.length = 0;
    assert.equal((await move()).code, 0);
    assert.deepEqual(target.writes, []);
  });

  it("leaves other objects at the target alone until it is told otherwise, and those of other keys even then", async () => {
    target.put("artifacts/1/a/MLmodel.json", "[]");
    target.put("artifacts/9/theirs", "theirs");
    const { code, said } = await move();
    assert.equal(code, 3);
    assert.match(said, /are not those of the source:\n {2}artifacts\/1\/a\/MLmodel\.json\n {2}art/);
    assert.deepEqual(target.writes, []);
    const again = await move({ OVERWRITE: "yes" });
    assert.equal(again.code, 0, again.said);
    assert.match(again.said, /1 other objects at the target were left alone/);
    assert.deepEqual(target.texts(), { ...moved(), "artifacts/9/theirs": "theirs" });
  });

  it("does not call alike what the target keeps in another way, though of the same size", async () => {
    target.spoil = (key, body) => (key.endsWith("model.onnx") ? Buffer.from("nope") : body);
    const { code, said } = await move();
    assert.equal(code, 5);
    assert.match(said, /differ in 1 objects:\n {2}artifacts\/1\/a\/model\.onnx$/);
    assert.doesNotMatch(said, /^alike/m);
  });

  it("does not call alike a source that is written to meanwhile", async () => {
    source.beforeRead = () => {
      source.put("artifacts/2/late", "late");
    };
    const { code, said } = await move();
    assert.equal(code, 5);
    assert.match(said, /differ in 1 objects:\n {2}artifacts\/2\/late$/);
  });

  it("says which place it cannot reach, and why", async () => {
    source.stop();
    const { code, said } = await move({ TRIES: "1", AWS_MAX_ATTEMPTS: "1" });
    assert.equal(code, 4);
    assert.match(said, /the source cannot be reached: Could not connect to the endpoint URL/);
  });
});
