import assert from "node:assert/strict";
import { type Change, podChange, doneAgain } from "../../../../tools/lib/changes/change.ts";
import { replaces } from "../../../../tools/lib/changes/replaces.ts";
import { planText, sentencesOf } from "../../../../tools/lib/changes/words.ts";

const change = (op: Change["op"], kind: string, name: string, pods?: Change["pods"]): Change => ({
  ...{ op, kind, name, properties: [] },
  ...(pods && { pods }),
});

describe("a plan in plain words", () => {
  const plans: [string, Change[], string[]][] = [
    ["says that nothing changes", [], ["Nothing changes."]],
    [
      "says that nothing that runs is touched",
      [change("update", "Secret", "registry"), change("create", "CronJob", "iris-model-training")],
      ["Nothing that runs is touched, and nothing is lost."],
    ],
    [
      "names lost data first, and then no more that nothing is lost",
      [
        change("update", "Deployment", "ui", "rolling"),
        change("replace", "PersistentVolumeClaim", "postgres"),
        change("delete", "PersistentVolumeClaim", "prometheus"),
      ],
      [
        "DATA ARE LOST: postgres-data and prometheus-data.",
        "Restart pod by pod, a new one answering before an old one goes: the page.",
      ],
    ],
    [
      "takes a namespace for all that is in it, and a Cluster for its data",
      [change("delete", "Namespace", "slipway-dev"), change("delete", "Cluster", "postgres")],
      ["DATA ARE LOST: postgres-cluster and everything in namespace slipway-dev."],
    ],
    [
      "says what is away and what is trained again before what restarts unnoticed",
      [
        change("update", "Deployment", "iris-model-api", "rolling"),
        change("create", "Job", "titanic-model-training"),
        change("replace", "Job", "object-store-buckets"),
        change("update", "Deployment", "mlflow", "recreate"),
        change("delete", "Deployment", "old-model-api"),
      ],
      [
        "Old-model-api is there no more; MLflow is away while it restarts, about 40 s.",
        "Trained again: titanic-model.",
        "Restart pod by pod, a new one answering before an old one goes: iris-model-api.",
        "Nothing is lost.",
      ],
    ],
  ];
  plans.push([
    "tells a Job that proves for another prediction API from one that trains again",
    [
      { ...change("replace", "Job", "iris-model-training"), proves: true },
      { ...change("replace", "Job", "titanic-model-training"), proves: true },
      change("update", "ConfigMap", "titanic-model-training"),
    ],
    [
      "Trained again: titanic-model.",
      "The prediction API's new program proves what it serves, nothing is trained: iris-model.",
      "Nothing is lost.",
    ],
  ]);
  plans.push([
    "tells a Job that signs anew from one that trains again",
    [
      { ...change("replace", "Job", "iris-model-training"), signs: true },
      change("replace", "Job", "titanic-model-training"),
    ],
    [
      "Trained again: titanic-model.",
      "Signatures of champion and previous are renewed where they must be, nothing is trained: iris-model.",
      "Nothing is lost.",
    ],
  ]);
  for (const [rule, changes, sentences] of plans) {
    it(rule, () => {
      assert.deepEqual(sentencesOf(changes), sentences);
      // The engine names them in any order.
      assert.deepEqual(sentencesOf([...changes].reverse()), sentences);
    });
  }

  it("lists each resource below, what is deleted before what is made", () => {
    const changes = [change("create", "Service", "ui"), change("delete", "Ingress", "ui")];
    assert.deepEqual(planText(changes).split("\n").slice(1), [
      "  delete Ingress ui",
      "  create Service ui",
    ]);
  });
});

describe("the pods of a workload", () => {
  const update = { op: "update", kind: "Deployment" } as const;
  const template = ["spec.template.spec.containers[0].image"];

  it("go one by one where the template changes, unless the strategy says Recreate", () => {
    assert.equal(podChange(update, {}, template), "rolling");
    const spec = { strategy: { type: "Recreate" } };
    assert.equal(podChange(update, { spec }, template), "recreate");
  });

  it("of a StatefulSet, or of a workload that is replaced, go before new ones come", () => {
    assert.equal(podChange({ op: "update", kind: "StatefulSet" }, {}, template), "recreate");
    assert.equal(podChange({ op: "replace", kind: "Deployment" }, {}, []), "recreate");
  });

  it("run on where anything else changes", () => {
    assert.equal(podChange(update, {}, ["metadata.labels", "spec.strategy"]), undefined);
    assert.equal(podChange({ op: "update", kind: "Job" }, {}, template), undefined);
  });
});

describe("a property that takes another object", () => {
  it("is a name of any object, a Job's template and a claim's class", () => {
    assert.ok(replaces("kubernetes:core/v1:Service", "metadata.name"));
    assert.ok(replaces("kubernetes:batch/v1:Job", "spec.template.spec.containers"));
    assert.ok(replaces("kubernetes:core/v1:PersistentVolumeClaim", "spec.storageClassName"));
    assert.ok(replaces("random:index/randomPassword:RandomPassword", "length"));
  });

  it("is neither a claim's size nor a Deployment's template, nor a label", () => {
    const claim = "kubernetes:core/v1:PersistentVolumeClaim";
    assert.ok(!replaces(claim, "spec.resources.requests.storage"));
    assert.ok(!replaces("kubernetes:apps/v1:Deployment", "spec.template.spec.containers"));
    assert.ok(!replaces("kubernetes:batch/v1:Job", "metadata.labels.app"));
  });
});

describe("a Job that is replaced", () => {
  const job = { op: "replace", kind: "Job" } as const;
  const lent = "spec.template.spec.initContainers[0].image";
  const keys = 'spec.template.metadata.annotations["checksum/model-signing"]';

  it("only proves where nothing but the program that it is lent is another", () => {
    assert.deepEqual(doneAgain(job, ["metadata.name", lent]), { proves: true });
    assert.deepEqual(doneAgain(job, ["spec.template.spec.initContainers"]), { proves: true });
  });

  it("only signs where its keys are others, and does both where both are", () => {
    assert.deepEqual(doneAgain(job, [keys]), { signs: true });
    assert.deepEqual(doneAgain(job, ["spec.template.metadata.annotations"]), { signs: true });
    assert.deepEqual(doneAgain(job, [keys, lent]), { proves: true, signs: true });
  });

  it("trains where its YAML, its image or anything else is another", () => {
    assert.deepEqual(doneAgain(job, ["metadata.name"]), {});
    assert.deepEqual(doneAgain(job, [lent, keys, "spec.template.spec.containers[0].image"]), {});
    assert.deepEqual(doneAgain({ ...job, op: "create" }, [lent]), {});
    assert.deepEqual(doneAgain({ ...job, kind: "Deployment" }, [lent]), {});
  });
});
