import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Guarded, PeopleLogin } from "../../components/people-login.ts";
import { publishedGoProgram } from "../../tools/lib/cached-programs.ts";
import { at, components, environment, testNamespace } from "./evaluation.ts";
import { CLIENT, CLIENT_SECRET, type PeopleProvider } from "./people-provider.ts";
import { end } from "./processes.ts";

/** As a stack file takes it: by HTTPS alone. */
const ISSUER = "https://id.example.com";

/** Settings of a login at a provider of tests. */
export const settingsFor = (issuer: string) => ({
  ...{ issuer, clientId: CLIENT, clientSecret: CLIENT_SECRET },
  ...{ nameClaim: "email", groupsClaim: "groups", scope: "openid email groups" },
  ...{ admins: ["ml-admins"], trainers: ["ml-team"], readers: ["staff"] },
});

/** What stands behind the proxy, and what the login does before it, if more than usual. */
interface Behind {
  name: string;
  url: string;
  readers?: string[];
  door?: (login: PeopleLogin) => Partial<Guarded>;
}

/** The real oauth2-proxy on this machine, before a server, as the program runs it before a server of the cluster. */
export class LoginProxy {
  /** Where people reach it. */
  readonly page: string;
  /** What it said so far. */
  said = "";
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(host: string, process: ChildProcess, folder: string) {
    this.page = `http://${host}`;
    this.#process = process;
    this.#folder = folder;
    for (const stream of [process.stdout, process.stderr])
      stream?.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
  }

  /** @param host free port of this machine; the provider must send people back to `/oauth2/callback` there. */
  static async start(host: string, provider: PeopleProvider, behind: Behind): Promise<LoginProxy> {
    const program = publishedGoProgram("github.com/oauth2-proxy/oauth2-proxy/v7", "v7.15.6");
    const folder = mkdtempSync(join(tmpdir(), "slipway-login-"));
    writeFileSync(join(folder, "client-secret"), CLIENT_SECRET);
    writeFileSync(join(folder, "cookie-secret"), "0123456789abcdef0123456789abcdef");
    const { variables, args } = await described(host, behind);
    // The very variables that the program gives it, but for where things are on this machine.
    const env = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        value.replace(ISSUER, provider.issuer).replace("/run/secrets/login", folder),
      ]),
    );
    const child = spawn(program, args, {
      env: { ...process.env, ...env, OAUTH2_PROXY_HTTP_ADDRESS: host },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const proxy = new LoginProxy(host, child, folder);
    for (let tries = 0; ; tries++) {
      const up = await fetch(`${proxy.page}/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) return proxy;
      assert.ok(tries < 100 && child.exitCode === null, proxy.said);
      await pause(100);
    }
  }

  async stop(): Promise<void> {
    await end(this.#process);
    rmSync(this.#folder, { recursive: true });
  }
}

/** Variables and arguments of the proxy's container. */
async function described(host: string, { name, url, readers, door = () => ({}) }: Behind) {
  const found = await components(() => {
    const settings = {
      ...{ ...settingsFor(ISSUER), addresses: ["127.0.0.0/8"] },
      ...(readers && { readers }),
    };
    const login = new PeopleLogin("login", { namespace: testNamespace(), settings });
    const service = { name, port: 80, selector: {}, health: "/health" };
    const access = { labels: {}, egress: [] };
    login.before({ service, access, url, host, https: false, ...door(login) });
    return {};
  });
  const deployment = found.object("Deployment", `${name}-login`);
  const args = at(deployment, "spec.template.spec.containers.0.args") as string[] | undefined;
  return { variables: environment(deployment), args: args ?? [] };
}
