import assert from "node:assert/strict";
import { accessTo } from "../../components/lib/network.ts";
import { Task, type TaskArgs } from "../../components/task.ts";
import { type Described, at, components, testImage, testNamespace } from "../support/evaluation.ts";
import { RESOURCES } from "../support/platform.ts";

/** A small task, but for `more`. */
function evaluate(more: Partial<TaskArgs> = {}): Promise<Described> {
  return components(() => {
    const namespace = testNamespace();
    const args: TaskArgs = {
      namespace,
      component: "data",
      image: testImage("copy"),
      uid: 10001,
      container: { name: "copy", resources: RESOURCES },
      volumes: [],
      reaches: [accessTo({ name: "store", port: 9000, selector: {} })],
      identity: ["one"],
      job: { backoffLimit: 4 },
      dependsOn: [],
      timeout: "5m",
      ...more,
    };
    return { job: new Task("copy", args, namespace).job.metadata.name };
  });
}

const jobName = async (...identity: string[]) => (await evaluate({ identity })).outputs["job"];

describe("Task", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("is a Job that reaches what it says, and is reached by nobody", () => {
    assert.deepEqual(described.kind("CronJob"), []);
    const job = described.object("Job", String(described.outputs["job"]));
    assert.equal(at(job, "spec.backoffLimit"), 4);
    const labels = at(job, "spec.template.metadata.labels") as Record<string, string>;
    assert.equal(labels["slipway/access-store"], "true");
    const policy = described.object("NetworkPolicy", "copy");
    assert.deepEqual(at(policy, "spec.ingress"), []);
    assert.equal(at(policy, "spec.egress.0.ports.0.port"), 9000);
  });

  it("runs again when what it depends on changes, and only then", async () => {
    assert.equal(await jobName("one", "two"), await jobName("one", "two"));
    assert.notEqual(await jobName("one", "two"), await jobName("one", "three"));
    assert.match(String(await jobName("one")), /^copy-[0-9a-f]{8}$/);
  });

  it("is run again by the next `up` when it failed", () => {
    const job = described.object("Job", String(described.outputs["job"]));
    const annotations = at(job, "metadata.annotations");
    assert.deepEqual(annotations, { "pulumi.com/replaceUnready": "true" });
  });

  it("runs on a schedule too, where there is one", async () => {
    const scheduled = await evaluate({ schedule: "0 3 * * 1" });
    const cron = scheduled.object("CronJob", "copy");
    assert.equal(at(cron, "spec.schedule"), "0 3 * * 1");
    const [job] = scheduled.kind("Job");
    assert.deepEqual(at(cron, "spec.jobTemplate.spec"), at(job, "spec"));
  });
});
