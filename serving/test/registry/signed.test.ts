import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { until } from "../support/app.ts";
import { MODEL_FILES, python } from "../support/packages.ts";
import type { Running } from "../support/processes.ts";
import { describeRegistry, health, metrics } from "../support/registry-world.ts";
import { keyFile, publicKeyIn } from "../support/signing.ts";

const NAME = "iris-model";

describeRegistry("a registry whose versions must be signed", (world) => {
  const first = keyFile();
  const second = keyFile();
  let key = "";

  /** What training did, signing with a key of its own. */
  const train = (file: string, more: Record<string, string> = {}) =>
    promisify(execFile)(python(), ["-m", "training", "train", MODEL_FILES.iris], {
      env: {
        ...{ ...process.env, MLFLOW_TRACKING_URI: world.url, SLIPWAY_SIGNING_KEY_FILE: file },
        ...more,
      },
    });

  const serve = (keys: string) => world.serve(`${NAME}@champion`, { MODEL_PUBLIC_KEYS: keys });

  const serves = (server: Running) =>
    until(async () => (await health(server)).model?.version === "1" || undefined);

  /** Waits for a refusal and checks that nothing is served, and that it is counted as one of signatures. */
  async function refuses(server: Running, reason: RegExp): Promise<void> {
    await until(
      async () => reason.test((await health(server)).registry.problem ?? "") || undefined,
    );
    assert.equal((await health(server)).model, null);
    assert.match(
      await metrics(server),
      /^slipway_model_load_failures_total\{reason="signature"\} [1-9]/m,
    );
  }

  const at = (file: string) => world.registry.file(NAME, "1", file);
  const get = async (file: string) =>
    Buffer.from(await (await fetch(await at(file))).arrayBuffer());
  async function put(file: string, body: Buffer | string): Promise<void> {
    const answer = await fetch(await at(file), { method: "PUT", body });
    assert.ok(answer.ok, await answer.text());
  }

  before(async () => {
    await train(first);
    key = publicKeyIn((await get("MLmodel.sig")).toString());
  });

  it("serves what training signed, and nobody's change of it until it is taken back", async () => {
    const server = await serve(key);
    await serves(server);
    const mlmodel = await get("MLmodel");
    await put("MLmodel", mlmodel.toString().replace("value: setosa", "value: virginica"));
    const later = await serve(key);
    await refuses(later, /^iris-model\/1 is refused \(signature\): .* has another MLmodel than/);
    await serves(server);
    await put("MLmodel", mlmodel);
    await serves(later);
    await Promise.all([server.stop(), later.stop()]);
  });

  it("refuses what carries no signature, and takes it once a training has signed it", async () => {
    const removed = await fetch(await at("MLmodel.sig"), { method: "DELETE" });
    assert.ok(removed.ok, await removed.text());
    const [server, unasked] = await Promise.all([serve(key), world.serve(`${NAME}@champion`)]);
    await serves(unasked);
    await refuses(server, /carries no signature \(MLmodel.sig\)/);
    await train(first, { SLIPWAY_SIGN_UNSIGNED: "1" });
    await serves(server);
    await Promise.all([server.stop(), unasked.stop()]);
  });

  it("follows a rotation without a gap: both keys, then the new one alone", async () => {
    const before = await serve(key);
    await serves(before);
    await assert.rejects(train(second, { MODEL_PUBLIC_KEYS: key }), /add its public key, \S{44}/);
    const next = publicKeyIn(await signatureOf(second));
    const both = await serve(`${key} ${next}`);
    await serves(both);
    await train(second, { MODEL_PUBLIC_KEYS: `${key} ${next}` });
    assert.equal(publicKeyIn((await get("MLmodel.sig")).toString()), next);
    const after = await serve(next);
    await serves(after);
    const stale = await serve(key);
    await refuses(stale, new RegExp(`is signed by ${next.replaceAll("+", "\\+")}, which`));
    await Promise.all([before, both, after, stale].map((server) => server.stop()));
  });
});

/** A signature of nothing, for its public key. */
async function signatureOf(file: string): Promise<string> {
  const script = `import sys; from training.signing import read_signer; print(read_signer({"SLIPWAY_SIGNING_KEY_FILE": sys.argv[1]}).sign("m", b""))`;
  return (await promisify(execFile)(python(), ["-c", script, file])).stdout;
}
