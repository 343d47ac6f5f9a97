import assert from "node:assert/strict";
import { type PodSpec, goBackTo, listOnly } from "../../../tools/ops/backup/pods.ts";
import { S3 } from "../../support/backup-steps.ts";
import { type Described, at, stack } from "../../support/evaluation.ts";

const TIME = "2026-11-26 14:04:00";

describe("the Jobs of npm run restore", () => {
  let described: Described;
  before(async () => {
    described = await stack("dev", { backup: { to: S3, pointInTime: {} } });
  });
  const pod = (task: string) =>
    structuredClone(
      at(described.object("CronJob", task), "spec.jobTemplate.spec.template.spec"),
    ) as PodSpec;
  const told = (of: PodSpec) =>
    Object.fromEntries(
      (of.initContainers ?? []).flatMap(({ name, env = [] }) =>
        env.filter(({ value }) => value === TIME).map((one) => [`${name}.${one.name}`, one.value]),
      ),
    );

  it("tell the time to each step that it means something to", () => {
    const backup = pod("restore");
    goBackTo(backup, TIME);
    assert.deepEqual(told(backup), { "repository.AT": TIME });
    const moment = pod("restore-moment");
    goBackTo(moment, TIME);
    assert.deepEqual(told(moment), {
      "repository.SINCE": TIME,
      "log.AT": TIME,
      "replay.AT": TIME,
    });
  });

  it("list what each repository has, and do nothing else", () => {
    const moment = pod("restore-moment");
    listOnly(moment);
    assert.equal(moment.initContainers, undefined);
    assert.deepEqual(
      moment.containers.map(({ command }) => command?.slice(1).join(" ")),
      ["/scripts/backup-repository.sh list", "/scripts/wal-repository.sh list"],
    );
    assert.throws(() => {
      listOnly({ containers: [] });
    }, /fetches nothing: deploy again/);
  });
});
