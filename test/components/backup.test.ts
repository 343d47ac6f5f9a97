import assert from "node:assert/strict";
import { scheduleProblem } from "../../components/lib/schedule.ts";
import { problems, refused } from "../support/config.ts";
import { type Described, at, stack } from "../support/evaluation.ts";
import { peersOf } from "../../components/lib/destinations.ts";
import { S3, type Step, steps, variables } from "../support/backup-steps.ts";
import { podsOf } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";

const TASKS = ["backup", "restore", "restore-drill"];

describe("Backup", () => {
  let described: Described;
  let volume: Described;
  before(async () => {
    described = await stack("dev", { backup: { to: S3 } });
    volume = await stack("dev", {
      backup: { to: { kind: "volume" }, keep: { daily: 0, last: 5 } },
    });
  });

  it("is not there unless a stack asks for it", async () => {
    const names = (await stack("dev")).kind("CronJob").map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names.filter((name) => TASKS.includes(name)),
      [],
    );
  });

  it("dumps the database before it copies the objects that it knows of, and only then keeps both", () => {
    assert.deepEqual(
      steps(described, "backup").map(({ command }) => command.slice(1).join(" ")),
      [
        "/scripts/backup-database.sh dump",
        "/scripts/backup-artifacts.py mirror",
        "/scripts/backup-repository.sh store",
        "/scripts/backup-report.py",
      ],
    );
  });

  it("begins none while one of its kind is at work", () => {
    for (const task of TASKS)
      assert.equal(at(described.object("CronJob", task), "spec.concurrencyPolicy"), "Forbid");
  });

  it("tells the Pushgateway that it succeeded, where metrics are collected", async () => {
    const url = "http://pushgateway.slipway-dev:9091";
    assert.equal(variables(described, "backup", "report")["PUSH_URL"], url);
    assert.equal(variables(described, "restore-drill", "predictions")["PUSH_URL"], url);
    const config = at(described.object("ConfigMap", "prometheus"), "data") as Record<
      string,
      string
    >;
    assert.match(config["prometheus.yml"] ?? "", /honor_labels: true\n\s+job_name: pushgateway\n/);
    assert.match(config["rules.yml"] ?? "", /BackupTooOld[^]* > 180000\n/);
    assert.match(config["rules.yml"] ?? "", /RestoreNotProven/);
    const backup = { to: { kind: "volume" }, alertAfterHours: 3 };
    const operator = await stack("dev", { backup, monitoring: { kind: "operator" } });
    const monitor = operator.object("ServiceMonitor", "pushgateway");
    assert.equal(at(monitor, "spec.endpoints.0.honorLabels"), true);
    assert.match(JSON.stringify(operator.object("PrometheusRule", "monitoring")), / > 10800"/);
    const off = await stack("dev", { backup, monitoring: { kind: "off" } });
    assert.equal(steps(off, "backup").length, 3);
    assert.deepEqual(
      off.objects.filter(({ metadata }) => metadata.name === "pushgateway"),
      [],
    );
  });

  it("restores the objects before the database that knows of them, and never by itself", () => {
    assert.deepEqual(
      steps(described, "restore").map(({ command }) => command.slice(1).join(" ")),
      [
        "/scripts/backup-repository.sh fetch",
        "/scripts/backup-artifacts.py upload",
        "/scripts/backup-database.sh load",
      ],
    );
    const { spec } = described.object("CronJob", "restore");
    assert.equal(at(spec, "suspend"), true);
    assert.match(scheduleProblem(at(spec, "schedule") as string) ?? "", /never run/);
    assert.equal(at(spec, "jobTemplate.spec.backoffLimit"), 0);
  });

  it("drills with servers that end with the pod, and touches neither database nor store of the stack", () => {
    const drill = steps(described, "restore-drill");
    assert.deepEqual(
      drill.map(({ name, restartPolicy }) => [name, restartPolicy]),
      [
        ["repository", undefined],
        ["throwaway-postgres", "Always"],
        ["database", undefined],
        ["throwaway-mlflow", "Always"],
        ["predictions", undefined],
      ],
    );
    assert.equal(
      variables(described, "restore-drill", "database")["PGHOST"],
      "/var/run/postgresql",
    );
    const pod = podsOf([described.object("CronJob", "restore-drill")])[0];
    assert.deepEqual(
      Object.keys(pod?.labels ?? {})
        .filter((label) => label.startsWith("slipway/access-"))
        .sort(),
      [
        "slipway/access-diabetes-model-api",
        "slipway/access-iris-model-api",
        "slipway/access-pushgateway",
        "slipway/access-titanic-model-api",
      ],
    );
    const secrets = (pod?.spec.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []);
    assert.deepEqual(secrets.sort(), ["backup-key", "backup-store"]);
  });

  it("gives each step the secrets that it needs, and no other", () => {
    const secret = ({ volumeMounts }: Step) =>
      volumeMounts
        .map(({ name }) => name)
        .filter((name) => !["tmp", "data", "scripts", "socket"].includes(name));
    const of = (task: string) => steps(described, task).map((step) => [step.name, ...secret(step)]);
    assert.deepEqual(of("backup"), [
      ["database", "database"],
      ["artifacts", "object-store"],
      ["repository", "key", "store"],
      ["report"],
    ]);
    assert.deepEqual(
      of("restore-drill")
        .slice(1)
        .flatMap(([, ...names]) => names),
      [],
    );
  });

  it("runs as every pod does, and tells no secret but in a Secret", () => {
    for (const task of TASKS)
      assert.deepEqual(
        weaknesses(podsOf([described.object("CronJob", task)])[0] ?? ({} as never)),
        [],
      );
    const others = described.objects.filter(({ kind }) => kind !== "Secret");
    assert.doesNotMatch(JSON.stringify(others), /canary/);
  });

  it("keeps backups in a bucket of others below the stack's name, and is let out to where it leads", () => {
    const env = variables(described, "backup", "repository");
    assert.equal(
      env["RESTIC_REPOSITORY"],
      "s3:https://s3.example.com:9443/team-backups/slipway-dev",
    );
    assert.equal(env["AWS_DEFAULT_REGION"], "eu-west-3");
    for (const task of TASKS) {
      const rules = at(described.object("NetworkPolicy", task), "spec.egress") as {
        to: object[];
        ports: { port: number }[];
      }[];
      const [rule] = rules.filter(({ ports }) => ports.some(({ port }) => port === 9443));
      assert.deepEqual(rule?.to, peersOf(undefined, ["public"]), task);
      assert.deepEqual(at(described.object("NetworkPolicy", task), "spec.ingress"), []);
    }
  });

  it("keeps them on a volume of its own, which outlives the others", () => {
    assert.equal(
      variables(volume, "backup", "repository")["RESTIC_REPOSITORY"],
      "/backup/repository",
    );
    assert.equal(
      variables(volume, "backup", "repository")["KEEP"],
      "--keep-last 5 --keep-weekly 4 --keep-monthly 12",
    );
    const claim = volume.object("PersistentVolumeClaim", "backup-data");
    assert.equal(at(claim, "spec.resources.requests.storage"), "20Gi");
    assert.deepEqual(
      volume
        .kind("Secret")
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.startsWith("backup")),
      ["backup-key"],
    );
  });

  it("protects claim and password with the stack", async () => {
    const prod = await stack("prod", { backup: { to: { kind: "volume" } }, quota: {} });
    const kept = prod.resources.filter(({ name }) => ["backup", "backup-key"].includes(name));
    for (const type of ["PersistentVolumeClaim", "RandomPassword"])
      assert.ok(
        kept.some((one) => one.type.endsWith(type) && one.options.protect),
        type,
      );
  });

  it("refuses what would never run, an unknown place and a volume too small, by name", () => {
    assert.deepEqual(problems({ backup: { to: S3 } }), []);
    const to = { kind: "volume" };
    refused({ backup: {} }, /^backup\.to: is missing/);
    refused({ backup: { to: { kind: "nfs" } } }, /^backup\.to\.kind: .*s3.*volume/);
    refused({ backup: { to, schedule: "0 3 30 2 *" } }, /^backup\.schedule: .*never run/);
    refused({ backup: { to, drill: { schedule: "weekly" } } }, /^backup\.drill\.schedule: /);
    refused({ backup: { to, keep: { last: 0 } } }, /^backup\.keep\.last: must be at least 1 \(0\)/);
    refused({ backup: { to: { ...S3, endpoint: "s3.example.com" } } }, /^backup\.to\.endpoint: /);
  });
});
