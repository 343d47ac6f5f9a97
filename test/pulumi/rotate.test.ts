import assert from "node:assert/strict";
import { describeDelivery } from "../support/delivery-world.ts";

const NAMESPACE = ["-n", "slipway-dev"];
const BUNDLED = { kind: "bundled", size: "5Gi" };
const PASSWORDS = ["mlflow-admin", "mlflow-serving", "object-store-mlflow", "postgres-mlflow"];

describeDelivery("npm run rotate, of a protected stack", {}, (world) => {
  const get = (what: string[], path: string) =>
    world.kubectl(...NAMESPACE, "get", ...what, "-o", `jsonpath=${path}`);
  const password = (name: string) => get(["secret", name], "{.data.password}");
  const claims = () => get(["pvc"], "{.items[*].metadata.uid}");
  const secretUids = () => get(["secret", ...PASSWORDS], "{.items[*].metadata.uid}");
  /** Of those that belong to data; a certificate and the account of an exporter are never protected. */
  const unprotected = () => {
    const state = JSON.parse(world.workspace.run("stack", "export", "--stack", "dev")) as {
      deployment: { resources: { type: string; urn: string; protect?: boolean }[] };
    };
    return state.deployment.resources
      .filter(
        ({ type, urn, protect }) =>
          type.endsWith(":RandomPassword") &&
          /::(postgres|object-store)-(admin|mlflow)$/.test(urn) &&
          !protect,
      )
      .map(({ urn }) => urn);
  };
  const rotate = async (...args: string[]) =>
    world.npm("rotate", ["--stack", "dev", ...args], { env: await world.served() });

  before(() => {
    world.configure("slipway:protect", true);
    world.configure("slipway:database", BUNDLED);
    world.configure("slipway:backup", { to: { kind: "volume" } });
    world.workspace.change("up", "dev");
  });

  it("leaves every one protected where it ends before anything was done", async () => {
    const before = PASSWORDS.map(password);
    const { code, stderr } = await rotate("--all", "--yes");
    assert.notEqual(code, 0);
    assert.match(stderr, /--dirty/);
    assert.deepEqual([PASSWORDS.map(password), unprotected()], [before, []]);
  });

  it("makes one password anew and touches no other, no claim and no object's identity", async () => {
    const before = PASSWORDS.map(password);
    const [kept, uids] = [claims(), secretUids()];
    const { code, stderr } = await rotate("--secret", "postgres-mlflow", "--yes", "--dirty");
    assert.equal(code, 0, stderr);
    const changed = PASSWORDS.filter((name, index) => password(name) !== before[index]);
    assert.deepEqual(changed, ["postgres-mlflow"]);
    assert.deepEqual([claims(), secretUids()], [kept, uids]);
  });

  it("makes every one anew but the key of the backups, and all are protected again", async () => {
    const [before, key] = [PASSWORDS.map(password), password("backup-key")];
    const { code, stderr } = await rotate("--all", "--yes", "--dirty");
    assert.equal(code, 0, stderr);
    for (const [index, name] of PASSWORDS.entries()) assert.notEqual(password(name), before[index]);
    assert.equal(password("backup-key"), key);
    assert.deepEqual(unprotected(), []);
    assert.match(world.workspace.run("preview", "--stack", "dev", "--diff"), /unchanged/);
  });

  it("says what there is, and why the key of the backups stays", async () => {
    const nothing = await rotate();
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /dev has .*mlflow-admin.*postgres-mlflow/);
    const unknown = await rotate("--secret", "postgres");
    assert.match(unknown.stderr, /generated no secret 'postgres'; it has /);
    const key = await rotate("--secret", "backup-key");
    assert.match(key.stderr, /backup-key is not made anew: it opens the backups that there are/);
    const signing = await rotate("--secret", "model-signing-1");
    assert.match(signing.stderr, /is not made anew: it signs .* docs\/runbooks\/model-keys\.md/);
    const asked = await rotate("--secret", "mlflow-admin");
    assert.match(asked.stderr, /--yes/);
  });
});
