/* global fetch, AbortSignal */
// Asks each champion of a restored MLflow for the prediction of its own example, by the prediction API itself, which checks the
// package's SHA-256 and its parity with the schema; compares it with the live API's, where that serves the same version.
// MODELS is `NAME=URL` of each live API's /predict/demo, apart by blanks. Ends with 0 where every champion answers as the live one.
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";

const {
  MODELS = "",
  RESTORED,
  SERVER = "/app/dist/server.js",
  PATIENCE = "180",
  PUSH_URL,
} = process.env;
const PORT = 18000;
const HERE = `http://127.0.0.1:${PORT}`;

const tell = (line) => process.stdout.write(`${line}\n`);

async function ask(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.json();
}

/** The restored champion is not what answers. */
class NotServed extends Error {}

/** The restored champion's prediction. */
async function restored(model) {
  const env = {
    ...process.env,
    MODEL_URI: `models:/${model}@champion`,
    PORT: String(PORT),
    HOST: "127.0.0.1",
    LOG_LEVEL: "error",
  };
  const child = spawn(process.execPath, [SERVER], { env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const deadline = Date.now() + Number(PATIENCE) * 1000;
    for (;;) {
      try {
        const answer = await ask(`${HERE}/predict/demo`);
        // Where a champion cannot be loaded the API serves @previous, which proves nothing of the champion.
        const { registry } = await ask(`${HERE}/health`);
        if (registry.fallback !== undefined) throw new NotServed(registry.problem);
        return answer;
      } catch (error) {
        if (error instanceof NotServed) throw error;
        if (child.exitCode !== null)
          throw new Error(`the prediction API ended with ${child.exitCode}`, { cause: error });
        if (Date.now() > deadline) {
          const why = await ask(`${HERE}/health`).then(JSON.stringify, String);
          throw new Error(`no prediction after ${PATIENCE} s: ${error.message}; ${why}`, {
            cause: error,
          });
        }
        await pause(500);
      }
    }
  } finally {
    child.kill();
    await ended;
  }
}

let failed = 0;

/** Tells Prometheus' Pushgateway; one that does not answer fails no drill. */
async function push() {
  const metrics = {
    slipway_restore_drill_failed_models: failed,
    ...(failed === 0 && {
      slipway_restore_drill_last_success_timestamp_seconds: Date.now() / 1000,
    }),
  };
  const lines = Object.entries(metrics).map(
    ([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`,
  );
  const request = { method: "POST", body: lines.join(""), signal: AbortSignal.timeout(10_000) };
  try {
    const { ok, status } = await fetch(`${PUSH_URL}/metrics/job/restore-drill`, request);
    if (!ok) throw new Error(`it answers ${status}`);
  } catch (error) {
    tell(`Prometheus is not told: ${error.message}`);
  }
}

for (const entry of MODELS.split(" ").filter(Boolean)) {
  const [model, url] = entry.split(/=(.*)/);
  let answer;
  try {
    answer = await restored(model);
  } catch (error) {
    tell(`${model}: FAILED, ${error.message}`);
    failed += 1;
    continue;
  }
  const shown = JSON.stringify(answer);
  let live;
  try {
    live = await ask(url);
  } catch (error) {
    tell(
      `${model}: predicts ${shown}; not compared, as the live API does not answer: ${error.message}`,
    );
    continue;
  }
  if (live.model?.version !== answer.model?.version) {
    tell(
      `${model}: predicts ${shown}; not compared, as version ${live.model?.version} is live by now`,
    );
  } else if (JSON.stringify(live) === shown) {
    tell(`${model}: predicts ${shown}, as the live API`);
  } else {
    tell(`${model}: FAILED, it predicts ${shown}, and the live API ${JSON.stringify(live)}`);
    failed += 1;
  }
}
if (PUSH_URL) await push();
if (RESTORED) await rm(RESTORED, { recursive: true, force: true });
tell(failed === 0 ? "the newest backup is proven" : `${failed} of the models failed`);
process.exitCode = failed === 0 ? 0 : 1;
