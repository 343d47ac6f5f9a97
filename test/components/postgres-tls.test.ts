import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Postgres } from "../../components/postgres.ts";
import { selfSigned } from "../../components/lib/certificate.ts";
import { type Described, at, components, testNamespace } from "../support/evaluation.ts";
import { BUNDLED, POSTGRES_IMAGE } from "../support/platform.ts";
import { NOBODY, NO_POSTGRES, PostgresServer } from "../support/postgres.ts";

const SEED = "s".repeat(43);
const HOSTS = ["postgres", "postgres.slipway-test", "postgres.slipway-test.svc"];

describe("a certificate that signs itself", () => {
  const { certificate, key } = selfSigned(SEED, HOSTS);
  const read = new X509Certificate(certificate);

  it("is signed by its own key, and names each host", () => {
    assert.ok(read.verify(read.publicKey));
    assert.ok(read.checkPrivateKey(createPrivateKey(key)));
    for (const host of HOSTS) assert.equal(read.checkHost(host), host);
    assert.equal(read.checkHost("mlflow"), undefined);
  });

  it("is sound in OpenSSL's strict eyes, for a server and for good", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-certificate-"));
    const file = join(folder, "tls.crt");
    writeFileSync(file, certificate);
    const strict = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "postgres"];
    try {
      const args = ["verify", "-CAfile", file, ...strict, file];
      assert.match(execFileSync("openssl", args, { encoding: "utf8" }), /: OK/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.match(read.validTo, / 9999 /);
  });

  it("is the same of the same seed, and another of another seed or host", () => {
    assert.deepEqual(selfSigned(SEED, HOSTS), { certificate, key });
    assert.notEqual(selfSigned(SEED, HOSTS.slice(0, 2)).certificate, certificate);
    assert.notEqual(selfSigned("t".repeat(43), HOSTS).key, key);
    const serials = [SEED, "t".repeat(43)].map(
      (seed) => new X509Certificate(selfSigned(seed, HOSTS).certificate).serialNumber,
    );
    assert.equal(new Set(serials).size, 2);
  });
});

/** Our own server's settings, certificate and rules, as the program makes them. */
async function made(openshift = false): Promise<Described> {
  return components(() => {
    const namespace = testNamespace({ openshift });
    const { mlflow } = new Postgres("postgres", {
      namespace,
      settings: BUNDLED.database,
      image: POSTGRES_IMAGE,
    });
    return { sslMode: mlflow.sslMode };
  });
}

function settingsOf(described: Described): Record<string, string> {
  const args = at(
    described.object("StatefulSet", "postgres"),
    "spec.template.spec.containers.0.args",
  ) as string[];
  const pairs = args.filter((arg) => arg !== "-c").map((arg) => arg.split("=") as [string, string]);
  return Object.fromEntries(pairs);
}

describe("Postgres' own certificate", () => {
  it("is given to the server by a Secret that others than its group cannot read, and to clients without its key", async () => {
    const described = await made();
    const { "tls.crt": certificate, "tls.key": key } = dataOf(described, "postgres-tls");
    assert.ok(new X509Certificate(certificate ?? "").checkPrivateKey(createPrivateKey(key ?? "")));
    const volumes = at(
      described.object("StatefulSet", "postgres"),
      "spec.template.spec.volumes",
    ) as { name: string }[];
    assert.deepEqual(
      volumes.find(({ name }) => name === "certificate"),
      { name: "certificate", secret: { secretName: "postgres-tls", defaultMode: 0o440 } },
    );
    const login = dataOf(described, "postgres-mlflow");
    assert.deepEqual(Object.keys(login).sort(), ["ca.crt", "password", "username"]);
    assert.equal(login["ca.crt"], certificate);
    assert.equal(described.outputs["sslMode"], "verify-full");
  });

  it("trusts the container's own user by its name, but on OpenShift, where it has none", async () => {
    const rules = (described: Described) => described.files("postgres")["pg_hba.conf"];
    const network = "hostssl all all all scram-sha-256\n";
    assert.equal(rules(await made()), `local all postgres peer\n${network}`);
    assert.equal(rules(await made(true)), `local all postgres trust\n${network}`);
  });
});

function dataOf(described: Described, name: string): Record<string, string> {
  return at(described.object("Secret", name), "stringData") as Record<string, string>;
}

describe(`our own Postgres over TLS, as a real server${NO_POSTGRES}`, () => {
  let server: PostgresServer | undefined;
  let authority: string;
  let other: string;

  before(async function () {
    if (NO_POSTGRES) this.skip();
    const described = await made();
    server = await PostgresServer.start((folder) => {
      const { "tls.crt": certificate = "", "tls.key": key = "" } = dataOf(
        described,
        "postgres-tls",
      );
      const write = (name: string, text: string, mode: number) => {
        const file = join(folder, name);
        writeFileSync(file, text, { mode });
        // As kubelet leaves a Secret's files: root's, and the server's group may read them.
        if (NOBODY.gid !== undefined) chownSync(file, 0, NOBODY.gid);
        return file;
      };
      authority = write("ca.crt", certificate, 0o444);
      other = write("other.crt", selfSigned("t".repeat(43), HOSTS).certificate, 0o444);
      return {
        ssl: settingsOf(described)["ssl"] ?? "",
        ssl_cert_file: write("tls.crt", certificate, 0o440),
        ssl_key_file: write("tls.key", key, 0o440),
        hba_file: write("pg_hba.conf", described.files("postgres")["pg_hba.conf"] ?? "", 0o444),
      };
    });
    await server.ready();
    const roles = "CREATE ROLE mlflow LOGIN PASSWORD 'p'; CREATE DATABASE mlflow OWNER mlflow";
    for (const sql of roles.split("; ")) local("postgres", sql);
  });

  after(() => server?.stop());

  const running = (): PostgresServer => server ?? assert.fail("no server");

  /** By the socket, as a user of this machine. */
  function local(user: string, sql: string): string {
    const id = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
    const as = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
    return execFileSync("psql", ["-qXAt", "-U", "postgres", "-c", sql], {
      ...{ env: running().env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], cwd: "/" },
      ...as,
    }).trim();
  }

  /** Over the network, as MLflow does. */
  function query(variables: Record<string, string> = {}): string {
    const sql = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    return execFileSync("psql", ["-qXAt", "-c", sql], {
      env: {
        ...running().env,
        ...{ PGHOST: "postgres", PGHOSTADDR: "127.0.0.1", PGUSER: "mlflow", PGDATABASE: "mlflow" },
        ...{ PGPASSWORD: "p", PGSSLMODE: "verify-full", PGSSLROOTCERT: authority },
        ...variables,
      },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  it("answers a client that asks for its certificate, by each of its names", () => {
    for (const host of HOSTS) assert.match(query({ PGHOST: host }), /^TLSv1\.[23]$/);
  });

  it("is not believed under another name, or with another certificate", () => {
    assert.throws(() => query({ PGHOST: "mlflow" }), /does not match host name "mlflow"/);
    assert.throws(() => query({ PGSSLROOTCERT: other }), /certificate verify failed/);
  });

  it("lets nobody in without TLS, or without the password", () => {
    assert.throws(() => query({ PGSSLMODE: "disable" }), /no pg_hba\.conf entry.*no encryption/);
    assert.throws(() => query({ PGPASSWORD: "q" }), /password authentication failed/);
  });

  it("trusts no other user of its container, and no other role", () => {
    assert.equal(local("postgres", "SELECT 1"), "1");
    assert.throws(() => local("nobody", "SELECT 1"), /Peer authentication failed/);
  });
});
