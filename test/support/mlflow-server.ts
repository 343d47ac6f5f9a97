import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import path from "node:path";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../tools/lib/paths.ts";
import { end, freePort } from "./processes.ts";

const IMAGE = path.join(ROOT, "images", "mlflow");
const BIN = path.join(IMAGE, "bin");
/** The interpreter that has MLflow. */
export const PYTHON =
  process.env["SLIPWAY_PYTHON"] ?? path.join(ROOT, "training", ".venv", "bin", "python");

/** Who logs in; `nobody` sends no account. */
export type Account = "admin" | "training" | "serving" | "nobody";

/** An administrator's request that takes more than five seconds. */
export class TimedOut extends Error {}

/** What MLflow answered. */
export interface Answer {
  status: number;
  text: string;
  headers: IncomingHttpHeaders;
}

/** MLflow as our image runs it, with its accounts, on SQLite and a folder in the place of Postgres and the store. */
export class MlflowServer {
  readonly url: string;
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #child: ChildProcess;

  private constructor(url: string, folder: string, env: NodeJS.ProcessEnv, workers: number) {
    this.url = url;
    this.folder = folder;
    this.#env = env;
    const log = openSync(path.join(folder, "server.log"), "w");
    const argv = [
      "--app-name",
      "basic-auth",
      "--host",
      "127.0.0.1",
      "--port",
      new URL(url).port,
      "--workers",
      String(workers),
    ];
    const artifacts = ["--serve-artifacts", "--artifacts-destination", path.join(folder, "store")];
    this.#child = spawn(PYTHON, [path.join(BIN, "serve.py"), ...argv, ...artifacts], {
      ...{ cwd: folder, env, stdio: ["ignore", log, log] },
    });
  }

  /** Brings the database and the users up as the init container does, then starts the server and waits for it. */
  static async start(workers = 1, more: NodeJS.ProcessEnv = {}): Promise<MlflowServer> {
    assert.ok(
      existsSync(PYTHON),
      `${PYTHON} is missing: run 'npm test' once, or set SLIPWAY_PYTHON`,
    );
    const folder = mkdtempSync(path.join(tmpdir(), "slipway-accounts-"));
    const port = await freePort();
    const env = { ...environment(folder, port), ...more };
    const upgraded = spawnSync(PYTHON, [path.join(BIN, "upgrade.py")], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    assert.equal(upgraded.status, 0, upgraded.stderr.slice(-2000));
    const server = new MlflowServer(`http://127.0.0.1:${port}`, folder, env, workers);
    try {
      await server.#answers();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Every route that the server has, as `GET /path/<parameter>`. */
  routes(): string[] {
    const script = path.join(ROOT, "test", "support", "mlflow_routes.py");
    const env = { ...this.#env, _MLFLOW_SGI_NAME: "uvicorn" };
    const done = spawnSync(PYTHON, ["-W", "ignore", script], {
      cwd: this.folder,
      env,
      encoding: "utf8",
    });
    assert.equal(done.status, 0, done.stderr.slice(-2000));
    return (JSON.parse(done.stdout) as [string, string][]).map((route) => route.join(" "));
  }

  /** Runs Python with this server as its MLflow. */
  python(account: Account, script: string): string {
    const login = {
      MLFLOW_TRACKING_USERNAME: account,
      MLFLOW_TRACKING_PASSWORD: password(account),
    };
    const env = {
      ...process.env,
      ...login,
      MLFLOW_TRACKING_URI: this.url,
      MLFLOW_DISABLE_TELEMETRY: "true",
    };
    const quiet = `import logging; logging.disable(logging.INFO)\n${script}`;
    const done = spawnSync(PYTHON, ["-W", "ignore", "-c", quiet], {
      cwd: this.folder,
      env,
      encoding: "utf8",
    });
    assert.equal(done.status, 0, done.stderr.slice(-2000));
    return done.stdout.trim();
  }

  /** Sends `METHOD /path`, with a JSON body where the method has one. */
  async ask(
    account: Account,
    route: string,
    body?: unknown,
    secret = password(account),
  ): Promise<Answer> {
    const timeout = account === "admin" ? 5000 : 60_000;
    const [method = "", target = ""] = route.split(" ");
    const login = Buffer.from(`${account}:${secret}`).toString("base64");
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      ...(account === "nobody" ? {} : { authorization: `Basic ${login}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "content-length": Buffer.byteLength(text),
    };
    // Not `fetch`: it makes `//` one, and meets connections that the server has just closed.
    const asked = request(this.url, { agent: false, method, path: target, headers, timeout });
    asked.once("timeout", () => asked.destroy(new TimedOut()));
    asked.end(text);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return {
      status: response.statusCode ?? 0,
      text: await readText(response),
      headers: response.headers,
    };
  }

  /** Sends `METHOD /path` with a token. */
  async askWith(token: string, route: string, body?: unknown): Promise<Answer> {
    const [method = "", target = ""] = route.split(" ");
    const response = await fetch(this.url + target, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text(), headers: {} };
  }

  /** What the server wrote. */
  log(): string {
    return readFileSync(path.join(this.folder, "server.log"), "utf8");
  }

  async stop(): Promise<void> {
    await end(this.#child);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    for (const deadline = Date.now() + 120_000; ;) {
      assert.equal(this.#child.exitCode, null, this.log().slice(-2000));
      assert.ok(Date.now() < deadline, this.log().slice(-2000));
      const healthy = await fetch(`${this.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (healthy) return;
      await sleep(200);
    }
  }
}

function password(account: Account): string {
  return `password-of-${account}`;
}

/** The image's own variables and settings, but for where the data are. */
function environment(folder: string, port: number): NodeJS.ProcessEnv {
  const dockerfile = readFileSync(path.join(IMAGE, "Dockerfile"), "utf8");
  const image = [...dockerfile.matchAll(/(MLFLOW_\w+)=(\S+)/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  const settings = path.join(folder, "auth.ini");
  const database = (name: string) => `sqlite:///${path.join(folder, name)}`;
  const ini = readFileSync(path.join(IMAGE, "auth.ini"), "utf8");
  writeFileSync(
    settings,
    ini.replace(/^database_uri = .*$/m, `database_uri = ${database("auth.db")}`),
  );
  const users = path.join(folder, "users");
  mkdirSync(users);
  for (const name of ["training", "serving"] as const)
    writeFileSync(path.join(users, name), password(name));
  return {
    ...process.env,
    ...(Object.fromEntries(image) as Record<string, string>),
    MLFLOW_AUTH_CONFIG_PATH: settings,
    MLFLOW_BACKEND_STORE_URI: database("mlflow.db"),
    MLFLOW_AUTH_ADMIN_USERNAME: "admin",
    MLFLOW_AUTH_ADMIN_PASSWORD: password("admin"),
    MLFLOW_FLASK_SERVER_SECRET_KEY: "any",
    MLFLOW_SERVER_ALLOWED_HOSTS: `127.0.0.1:${port}`,
    USERS_DIR: users,
  };
}
