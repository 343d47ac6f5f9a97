import assert from "node:assert/strict";
import { problems, refused } from "../support/config.ts";
import { at, stack } from "../support/evaluation.ts";

const VAULT = { store: "team-vault", key: "prod/mlflow" };
const DATABASE = { kind: "external", host: "10.20.0.5", password: { ...VAULT, property: "db" } };
const BUCKET = {
  ...{ endpoint: "https://s3.example.com", addresses: ["public"], bucket: "team" },
  accessKey: "key",
};
const NEAR = { store: "near", storeKind: "SecretStore", key: "s3" };
const ALL = {
  database: DATABASE,
  objectStore: { kind: "external", ...BUCKET, secretKey: NEAR },
  backup: { to: { kind: "s3", ...BUCKET, secretKey: NEAR }, password: VAULT },
  endpoint: { kind: "ingress", host: "ml.example.com" },
  login: {
    ...{ issuer: "https://id.example.com", addresses: ["public"], clientId: "slipway" },
    ...{ clientSecret: VAULT, admins: ["ml-admins"] },
  },
};

describe("values in a store of the External Secrets Operator", () => {
  it("come into the Secret that has the others, and are nowhere in the program", async () => {
    const described = await stack("dev", { database: DATABASE });
    const { spec } = described.object("ExternalSecret", "postgres-mlflow");
    assert.deepEqual(at(spec, "target"), {
      ...{ name: "postgres-mlflow", creationPolicy: "Merge", deletionPolicy: "Retain" },
    });
    assert.deepEqual(at(spec, "data"), [
      {
        secretKey: "password",
        remoteRef: { key: "prod/mlflow", property: "db" },
        sourceRef: { storeRef: { name: "team-vault", kind: "ClusterSecretStore" } },
      },
    ]);
    const secret = described.object("Secret", "postgres-mlflow");
    assert.deepEqual(at(secret, "stringData"), { username: "mlflow" });
    const kinds = described.resources.filter(({ name }) => name === "postgres-mlflow");
    assert.ok(!kinds.some(({ type }) => type.endsWith("RandomPassword")));
  });

  it("may be every value that ends in a Secret of its own", async () => {
    const described = await stack("dev", ALL);
    assert.deepEqual(
      described
        .kind("ExternalSecret")
        .map(({ metadata, spec }) => [
          metadata.name,
          ...(at(spec, "data") as { secretKey: string; sourceRef: object }[]).map((one) => [
            one.secretKey,
            at(one, "sourceRef.storeRef.kind"),
          ]),
        ])
        .sort(),
      [
        ["backup-key", ["password", "ClusterSecretStore"]],
        ["backup-store", ["password", "SecretStore"]],
        ["login", ["client-secret", "ClusterSecretStore"]],
        ["object-store-mlflow", ["password", "SecretStore"]],
        ["postgres-mlflow", ["password", "ClusterSecretStore"]],
      ],
    );
    const login = at(described.object("Secret", "login"), "stringData") as object;
    assert.deepEqual(Object.keys(login), ["cookie-secret"]);
  });

  it("restart what reads them where another place is named", async () => {
    const checksum = async (key: string) => {
      const database = { ...DATABASE, password: { ...VAULT, key } };
      const described = await stack("dev", { database });
      return JSON.stringify(
        at(described.object("Deployment", "mlflow"), "spec.template.metadata.annotations"),
      );
    };
    assert.equal(await checksum("a"), await checksum("a"));
    assert.notEqual(await checksum("a"), await checksum("b"));
  });

  it("are asked for by name, and only where nobody but a pod needs them", () => {
    assert.deepEqual(problems(ALL), []);
    const of = (password: unknown) => ({ database: { ...DATABASE, password } });
    refused(of({ store: "vault" }), /^database\.password\.key: is missing/);
    refused(of({ ...VAULT, store: "Not a name" }), /^database\.password\.store: /);
    refused(of({ ...VAULT, storeKind: "Vault" }), /^database\.password\.storeKind: must be /);
    refused(of({ ...VAULT, field: "x" }), /^database\.password\.field: unknown key/);
    refused(of(""), /^database\.password: is empty/);
    refused(of(undefined), /^database\.password: is missing/);
    refused(
      { registry: { host: "r.example.com", prefix: "a", username: "u", password: VAULT } },
      /^registry\.password: must be a text/,
    );
  });
});
