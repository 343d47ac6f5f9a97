import assert from "node:assert/strict";
import { selfSigned } from "../../components/lib/certificate.ts";
import { contentHash } from "../../components/lib/hash.ts";
import { Postgres, type PostgresArgs } from "../../components/postgres.ts";
import {
  type Described,
  at,
  components,
  environment,
  refuses,
  stack,
  testNamespace,
} from "../support/evaluation.ts";
import { BUNDLED, POSTGRES_IMAGE } from "../support/platform.ts";

const bundled = { settings: BUNDLED.database, image: POSTGRES_IMAGE };

function evaluate(args: Partial<PostgresArgs> = {}, protect = false): Promise<Described> {
  return components(() => {
    const { mlflow, access } = new Postgres("postgres", {
      namespace: testNamespace({ protect }),
      ...bundled,
      ...args,
    });
    const { host, port, database, sslMode, credentials } = mlflow;
    return {
      host,
      port,
      database,
      sslMode,
      user: credentials.username,
      secret: credentials.secret,
      access,
    };
  });
}

/** An image as `npm run pin:images` writes it. */
const PINNED = `docker.io/library/postgres:18.6-bookworm@sha256:${"ab".repeat(32)}`;

describe("an image by tag and digest", () => {
  it("is run by its digest, and labelled with its tag", async () => {
    const described = await stack("dev", { images: { postgres: PINNED } });
    const server = described.object("StatefulSet", "postgres");
    assert.equal(at(server, "spec.template.spec.containers.0.image"), PINNED);
    for (const labels of ["metadata.labels", "spec.template.metadata.labels"]) {
      const version = (at(server, labels) as Record<string, string>)["app.kubernetes.io/version"];
      assert.equal(version, "18.6-bookworm");
    }
  });
});

describe("Postgres", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("keeps its data on a claim of its own", () => {
    const server = described.object("StatefulSet", "postgres");
    assert.equal(at(server, "spec.volumeClaimTemplates"), undefined);
    assert.match(
      JSON.stringify(at(server, "spec.template.spec.volumes")),
      /"claimName":"postgres-data"/,
    );
    assert.equal(
      at(
        described.object("PersistentVolumeClaim", "postgres-data"),
        "spec.resources.requests.storage",
      ),
      "5Gi",
    );
  });

  it("keeps each major version's data in a folder of its own, on a mount that every version knows", async () => {
    const older = await evaluate({ image: "docker.io/library/postgres:15.14-bookworm" });
    for (const [found, major] of [
      [described, 18],
      [older, 15],
    ] as const) {
      const server = found.object("StatefulSet", "postgres");
      assert.equal(environment(server)["PGDATA"], `/var/lib/postgresql/${major}/docker`);
      assert.match(
        JSON.stringify(at(server, "spec.template.spec.containers.0.volumeMounts")),
        /"mountPath":"\/var\/lib\/postgresql"/,
      );
    }
  });

  it("looks for another version's data before it starts", () => {
    const server = described.object("StatefulSet", "postgres");
    assert.deepEqual(at(server, "spec.template.spec.initContainers.0.command"), [
      "/scripts/check.sh",
    ]);
  });

  it("makes MLflow's role after every start, so that a new password meets kept data", () => {
    const server = described.object("StatefulSet", "postgres");
    assert.deepEqual(
      at(server, "spec.template.spec.containers.0.lifecycle.postStart.exec.command"),
      ["/scripts/roles.sh"],
    );
    const script = described.files("postgres");
    assert.match(script["roles.sh"] ?? "", /ALTER ROLE/);
  });

  it("restarts with changed scripts, because its pods name their checksum", () => {
    const template = at(described.object("StatefulSet", "postgres"), "spec.template.metadata");
    const annotations = at(template, "annotations") as Record<string, string>;
    const files = Object.entries(described.files("postgres")).flat();
    assert.equal(annotations["checksum/files"], contentHash(...files));
  });

  it("is tuned to its memory limit", () => {
    const args = at(
      described.object("StatefulSet", "postgres"),
      "spec.template.spec.containers.0.args",
    ) as string[];
    assert.ok(args.includes("shared_buffers=128MB"));
    assert.ok(args.includes("effective_cache_size=256MB"));
  });

  it("delivers passwords as files only", () => {
    const server = described.object("StatefulSet", "postgres");
    assert.equal(environment(server)["POSTGRES_PASSWORD_FILE"], "/run/secrets/admin/password");
    assert.doesNotMatch(JSON.stringify(server), /secretKeyRef/);
  });

  it("gives MLflow a user and a database of its own", () => {
    const { host, port, database, user, secret } = described.outputs;
    assert.deepEqual(
      { host, port, database, user, secret },
      {
        host: "postgres",
        port: 5432,
        database: "mlflow",
        user: "mlflow",
        secret: "postgres-mlflow",
      },
    );
  });

  it("lets in its clients alone", () => {
    assert.deepEqual(at(described.object("NetworkPolicy", "postgres"), "spec.ingress"), [
      {
        from: [{ podSelector: { matchLabels: { "slipway/access-postgres": "true" } } }],
        ports: [{ protocol: "TCP", port: 5432 }],
      },
    ]);
  });

  it("keeps claim and passwords through a destroy when the environment is protected", async () => {
    const { resources } = await evaluate({}, true);
    const kept = resources.filter(
      ({ options, type }) => options.protect && !type.endsWith("Namespace"),
    );
    assert.deepEqual(kept.map(({ name }) => name).sort(), [
      "postgres",
      "postgres-admin",
      "postgres-mlflow",
    ]);
  });

  it("makes nothing when it refuses", async () => {
    const { resources } = await components(() => {
      const namespace = testNamespace();
      assert.throws(() => new Postgres("postgres", { namespace, ...bundled, image: "postgres" }));
      return {};
    });
    assert.deepEqual(
      resources.filter(({ parents }) => parents.includes("slipway:data:Postgres")),
      [],
    );
    assert.ok(resources.some(({ type }) => type === "slipway:data:Postgres"));
  });

  it("refuses an image that does not say its version", () =>
    refuses(
      () => new Postgres("postgres", { namespace: testNamespace(), ...bundled, image: "postgres" }),
      /'image' \(postgres\) must carry its version/,
    ));

  it("nests everything below itself", () => {
    const own = described.resources.filter(
      ({ name }) => name.startsWith("postgres") && !name.includes("namespace"),
    );
    for (const { type, parents } of own) {
      if (type !== "slipway:data:Postgres") assert.equal(parents[0], "slipway:data:Postgres", type);
    }
  });
});

describe("Postgres as a server of yours", () => {
  const settings = {
    kind: "external",
    host: "db.example.com",
    addresses: ["10.20.0.0/16"],
    port: 6543,
    name: "tracking",
    user: "tracker",
    password: "secret",
    sslMode: "verify-full",
    ca: selfSigned("s".repeat(43), ["db.example.com"]).certificate,
  } as unknown as PostgresArgs["settings"];

  it("runs nothing, and connects as told", async () => {
    const described = await evaluate({ settings });
    assert.deepEqual(described.kind("StatefulSet"), []);
    const { host, port, database, sslMode, user } = described.outputs;
    assert.deepEqual(
      { host, port, database, sslMode, user },
      {
        host: "db.example.com",
        port: 6543,
        database: "tracking",
        sslMode: "verify-full",
        user: "tracker",
      },
    );
  });

  it("gives clients the certificates that the server's must be signed by", async () => {
    const { ca } = settings as unknown as { ca: string };
    const login = (await evaluate({ settings })).object("Secret", "postgres-mlflow");
    assert.equal((at(login, "stringData") as Record<string, string>)["ca.crt"], ca);
  });

  it("refuses to judge a certificate by nothing, and certificates that nothing judges by", async () => {
    const { ca, ...rest } = settings as unknown as { ca: string };
    const refused = (more: object, message: RegExp) =>
      refuses(() => {
        const args = { namespace: testNamespace(), settings: { ...rest, ...more } as never };
        return new Postgres("postgres", args);
      }, message);
    await refused({}, /'settings\.ca' is missing: with sslMode verify-full/);
    await refused(
      { ca, sslMode: "require" },
      /'settings\.ca' would not be looked at with sslMode r/,
    );
    await refused({ ca: "db.pem" }, /'settings\.ca' holds no certificate/);
    const { key } = selfSigned("s".repeat(43), ["db"]);
    await refused({ ca: ca + key }, /'settings\.ca' holds a private key/);
    await refused(
      { ca: ca + ca.replace(/\n.{8}/, "\n") },
      /no sound certificate in its block 2 of 2/,
    );
  });

  it("lets clients out to its addresses, at its port", async () => {
    const { outputs } = await evaluate({ settings });
    assert.deepEqual(outputs["access"], {
      labels: {},
      egress: [
        { to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: [{ protocol: "TCP", port: 6543 }] },
      ],
    });
  });
});

describe("Postgres as a CloudNativePG cluster", () => {
  let described: Described;
  before(async () => {
    const { resources } = BUNDLED.database;
    const settings = {
      kind: "cloudnative-pg",
      instances: 3,
      size: "5Gi",
      storageClass: "fast",
      resources,
    } as const;
    described = await evaluate({ settings }, true);
  });

  it("starts with MLflow's database and user", () => {
    const cluster = described.object("Cluster", "postgres");
    assert.deepEqual(at(cluster, "spec.bootstrap.initdb"), {
      database: "mlflow",
      owner: "mlflow",
      secret: { name: "postgres-mlflow" },
    });
    assert.deepEqual(at(cluster, "spec.storage"), { size: "5Gi", storageClass: "fast" });
    assert.equal(at(cluster, "spec.instances"), 3);
  });

  it("is addressed by the Service of its primary", () => {
    assert.equal(described.outputs["host"], "postgres-rw");
  });

  it("is kept through a destroy when the environment is protected", () => {
    assert.equal(described.resource(":Cluster", "postgres").options.protect, true);
  });
});

describe("Postgres that data moved away from", () => {
  const settings = {
    kind: "external",
    host: "db.example.com",
    addresses: ["10.20.0.0/16"],
    password: "p",
  };
  const external = { settings: settings as unknown as PostgresArgs["settings"] };
  const names = ({ resources }: Described) =>
    resources
      .filter(({ parents }) => parents.includes("slipway:data:Postgres"))
      .filter(({ type }) => !type.startsWith("slipway:"))
      .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
      .sort();

  it("keeps volume and passwords, and runs nothing", async () => {
    const kept = await evaluate(
      { ...external, movedFrom: { kind: "bundled", size: "20Gi", storageClass: "fast" } },
      true,
    );
    assert.deepEqual(names(kept), [
      "PersistentVolumeClaim postgres",
      "RandomPassword postgres-admin",
      "RandomPassword postgres-mlflow",
      "Secret postgres-admin",
      "Secret postgres-mlflow",
    ]);
    const claim = kept.object("PersistentVolumeClaim", "postgres-data");
    assert.deepEqual(at(claim, "spec.resources.requests"), { storage: "20Gi" });
    assert.equal(at(claim, "spec.storageClassName"), "fast");
    assert.equal(kept.resource(":PersistentVolumeClaim", "postgres").options.protect, true);
    assert.equal(at(kept.object("Secret", "postgres-mlflow"), "stringData.password"), "p");
  });

  it("is the same volume again where data come back", async () => {
    const movedFrom = { kind: "bundled", size: "20Gi" } as const;
    assert.deepEqual(names(await evaluate({ movedFrom })), names(await evaluate()));
  });

  it("lets a CloudNativePG cluster hibernate with its own account", async () => {
    const movedFrom = { kind: "cloudnative-pg", size: "5Gi", instances: 2 } as const;
    const kept = (await evaluate({ ...external, movedFrom })).object("Cluster", "postgres");
    assert.deepEqual(at(kept, "metadata.annotations"), { "cnpg.io/hibernation": "on" });
    assert.equal(at(kept, "spec.instances"), 2);
    assert.equal(at(kept, "spec.bootstrap.initdb.owner"), "mlflow");
  });
});
