import assert from "node:assert/strict";
import { S3, type Step, steps, variables } from "../support/backup-steps.ts";
import { problems, refused } from "../support/config.ts";
import { type Described, at, stack } from "../support/evaluation.ts";
import { podsOf } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";

describe("the log of every change", () => {
  let described: Described;
  let kept: Described;
  const settings = { to: S3, pointInTime: { days: 3 } };
  before(async () => {
    described = await stack("dev", { backup: { to: S3 } });
    kept = await stack("dev", { backup: settings });
  });
  const pod = () => podsOf([kept.object("Deployment", "wal-archive")])[0];

  it("receives them with Postgres' own programs, and keeps them beside the backups", () => {
    const [receiver, keeper] = (pod()?.spec.containers ?? []) as unknown as Step[];
    assert.match(receiver?.image ?? "", /postgres/);
    assert.match(keeper?.image ?? "", /restic/);
    const env = Object.fromEntries((keeper?.env ?? []).map(({ name, value }) => [name, value]));
    assert.equal(
      env["RESTIC_REPOSITORY"],
      "s3:https://s3.example.com:9443/team-backups/slipway-dev/wal",
    );
    assert.equal(env["KEEP_WITHIN"], "4d");
    const told = Object.fromEntries((receiver?.env ?? []).map(({ name, value }) => [name, value]));
    assert.equal(told["PGUSER"], "archive");
    assert.equal(told["PGSSLMODE"], "verify-full");
    assert.deepEqual(
      (keeper?.volumeMounts ?? []).map(({ name }) => name),
      ["tmp", "scripts", "wal", "key", "store"],
    );
    assert.equal(at(kept.object("Deployment", "wal-archive"), "spec.strategy.type"), "Recreate");
    assert.deepEqual(weaknesses(pod() ?? ({} as never)), []);
  });

  it("lets it reach the database, the bucket and the gateway, and nobody reach it", () => {
    const { spec } = kept.object("NetworkPolicy", "wal-archive");
    assert.deepEqual(at(spec, "ingress"), []);
    const ports = (at(spec, "egress") as { ports: { port: number }[] }[]).flatMap((rule) =>
      rule.ports.map(({ port }) => port),
    );
    assert.deepEqual(ports.sort(), [5432, 9091, 9443]);
    assert.ok(pod()?.labels["slipway/access-postgres"]);
  });

  it("opens the server to one account for it, and bounds what is held back", () => {
    const server = JSON.stringify(kept.object("StatefulSet", "postgres"));
    assert.match(server, /max_slot_wal_keep_size=1280MB/);
    const files = at(kept.object("ConfigMap", "postgres"), "data") as Record<string, string>;
    assert.match(files["pg_hba.conf"] ?? "", /hostssl replication archive all scram-sha-256\n$/);
    const without = at(described.object("ConfigMap", "postgres"), "data") as typeof files;
    assert.doesNotMatch(without["pg_hba.conf"] ?? "", /replication/);
    assert.doesNotMatch(JSON.stringify(described.object("StatefulSet", "postgres")), /max_slot/);
  });

  it("brings a moment back: the objects of the first backup since, and the database as it was", () => {
    assert.deepEqual(
      steps(kept, "restore-moment").map(({ command }) => command.slice(1).join(" ")),
      [
        "/scripts/backup-repository.sh fetch",
        "/scripts/wal-repository.sh fetch",
        "/scripts/wal-archive.sh replay",
        "/scripts/backup-artifacts.py upload",
        "/scripts/backup-database.sh load",
      ],
    );
    assert.equal(at(kept.object("CronJob", "restore-moment"), "spec.suspend"), true);
    assert.equal(variables(kept, "restore-moment", "repository")["SINCE"], "");
    assert.equal(variables(kept, "restore-moment", "replay")["AT"], "");
  });

  it("proves them in each drill, and is alerted of what is not kept", () => {
    assert.deepEqual(
      steps(kept, "restore-drill")
        .slice(0, 2)
        .map(({ name }) => name),
      ["log", "replay"],
    );
    const config = (one: Described) =>
      at(one.object("ConfigMap", "prometheus"), "data") as Record<string, string>;
    assert.match(config(kept)["rules.yml"] ?? "", /ChangesNotKept/);
    assert.doesNotMatch(config(described)["rules.yml"] ?? "", /ChangesNotKept/);
  });

  it("is for our own Postgres and a bucket, and says what does it elsewhere", () => {
    assert.deepEqual(problems({ backup: settings }), []);
    const pointInTime = {};
    const to = { kind: "volume" };
    refused({ backup: { to, pointInTime } }, /^backup\.pointInTime: needs a bucket/);
    refused(
      { backup: settings, database: { kind: "cloudnative-pg" } },
      /^backup\.pointInTime: is for our own Postgres, .*CloudNativePG keeps/,
    );
    const host = { kind: "external", host: "10.0.0.5", password: "p" };
    refused({ backup: settings, database: host }, /^backup\.pointInTime: .*whoever runs it/);
    refused({ backup: { to: S3, pointInTime: { days: 0 } } }, /^backup\.pointInTime\.days: /);
  });
});
