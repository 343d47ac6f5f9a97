import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { wholeOf } from "../../components/lib/quantity.ts";
import { readStackKey } from "../../tools/lib/stack/read-stack.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { longSuite } from "../support/long.ts";
import { bucketElsewhere } from "./support/bucket.ts";
import {
  type Cause,
  backupThatIsNotProven,
  fullDatabase,
  fullFileSystem,
  gatewayAnew,
  goneElsewhere,
  mixedUp,
  oneKindOfPatient,
  stopped,
  tooManyRows,
  training,
} from "./support/causes.ts";
import { npm } from "./support/commands.ts";
import { stopElsewhere } from "./support/elsewhere.ts";
import { firing, hurry, known } from "./support/firing.ts";
import { tell } from "./support/measured.ts";
import { endTraining, startTraining } from "./support/own-training.ts";
import { refusingReceiver, startReceiver, told, withoutReceivers } from "./support/receiver.ts";
import { needPulumi, until } from "./support/sandbox.ts";

/**
 * Ages of hours that no setting makes as short as a test is, each with what it is meanwhile. All other expressions stay as they are,
 * and every rule's `for` is ten seconds.
 */
const SHORTER: [long: string, short: string][] = [
  // BackupTooOld: `backup.alertAfterHours` counts whole hours.
  [" > 180000", " > 60"],
  // ChangesNotKept: a quarter of an hour; what is kept is marked once a minute.
  [" > 900)", " > 100)"],
  // SleepOverdue: an hour.
  [" > 3600", " > 30"],
];

/** Of models that are judged or answer in batches: a sandbox looks once an hour, and answers once a year. */
const LIVE =
  "test/components/live-alerts.test.ts, by the real Jobs with MLflow, Pushgateway and Prometheus on loopback";

/** Alerts that other tests make fire by their causes. */
const ELSEWHERE_PLAYED = {
  AlertTest: "alerts.test.ts: `npm run alert-test`",
  // The sandbox has neither hosts nor an image of the exporter that asks them, so their rules are not deployed here.
  EndpointDown:
    "test/components/blackbox-exporter.test.ts, with hosts and the exporter on loopback",
  CertificateEnding: "test/components/blackbox-exporter.test.ts, with certificates of some days",
  ...{ LiveDrift: LIVE, LiveMetricWorse: LIVE, RetentionFailed: LIVE },
  ...{ MonitoringTooOld: LIVE, MonitoringUnknown: LIVE },
  ...{ BatchFailed: LIVE, BatchTooOld: LIVE, BatchUnknown: LIVE },
};

/** Hours that nearly never come. */
const SLEEP = { at: "0 20 29 2 *", wakeAt: "0 21 29 2 *", apiServer: ["10.96.0.1/32"] };
const ENDLESS = "endless-training";

/** An hour of sleep that comes while a training runs which does not end. */
const awakeTooLong: Cause = {
  begin: async () => {
    const command = ["python", "-c", "import time; time.sleep(7200)"];
    await startTraining({ name: ENDLESS, of: "iris", command });
    const each = (minutes: number) => {
      const then = new Date(Date.now() + minutes * 60_000);
      return `${then.getUTCMinutes()} ${then.getUTCHours()} * * *`;
    };
    // A longer sleep may cover every time of the backups, which is refused.
    const hours = { at: each(2), wakeAt: each(12) };
    editStackFile(CONFIG_FILE, { "slipway:sleep": { ...SLEEP, ...hours } });
    await npm("deploy", "--yes", "--dirty");
  },
};

/** A backup that is proven, and none after it. */
const oneBackup: Cause = {
  begin: async () => {
    await npm("backup");
    await npm("backup", "--drill");
  },
};

interface Play {
  tells: string[];
  by: Cause;
  /** Whether the machine may have the cause before the play, as its disk is that full: then it was told of before. */
  before?: true;
}

/** Those of a round are begun one after the other, waited for together, and undone. */
const ROUNDS: Play[][] = [
  [
    { tells: ["PredictionApiDown"], by: stopped("deployment/titanic-model-api") },
    { tells: ["FeatureDrift"], by: oneKindOfPatient },
    // There are two receivers: the other is told.
    { tells: ["AlertsNotDelivered"], by: refusingReceiver },
    { tells: ["BackupTooOld"], by: oneBackup },
  ],
  [
    { tells: ["BackupUnknown", "RestoreUnknown"], by: gatewayAnew },
    { tells: ["ModelRefused"], by: mixedUp("diabetes-model", "iris-model", false) },
    {
      tells: ["TrainingFailed"],
      by: training("failing-training", "diabetes", (own) =>
        own.replace("column: Outcome", "column: Outcom"),
      ),
    },
    {
      tells: ["TrainingRejected"],
      by: training("rejected-training", "titanic", (own) =>
        own.replace("accuracy: 0.75", "accuracy: 0.999"),
      ),
    },
  ],
  [
    {
      tells: [
        "AutoscalerAtMaximum",
        "ErrorBudgetBurnsFast",
        "ErrorBudgetBurnsSlowly",
        "PredictionApiSlow",
      ],
      by: tooManyRows(),
    },
  ],
  [
    {
      tells: ["VolumeAlmostFull postgres-data", "VolumeFilling postgres-data"],
      by: fullDatabase(wholeOf("5Gi")),
    },
    {
      tells: ["object-store-seaweedfs-data", "backup-data"].flatMap((volume) => [
        `VolumeAlmostFull ${volume}`,
        `VolumeFilling ${volume}`,
      ]),
      by: fullFileSystem,
      before: true,
    },
    { tells: ["ModelFallback"], by: mixedUp("iris-model", "titanic-model", true) },
    { tells: ["RestoreNotProven"], by: backupThatIsNotProven },
  ],
  [
    { tells: ["RegistryUnreachable"], by: stopped("deployment/mlflow") },
    { tells: ["PostgresDown"], by: stopped("statefulset/postgres") },
    { tells: ["ObjectStoreDown"], by: stopped("statefulset/object-store-seaweedfs") },
    { tells: ["ChangesNotKept"], by: goneElsewhere("store") },
  ],
  [{ tells: ["SleepOverdue"], by: awakeTooLong }],
];

longSuite("each alert, made to fire by its cause", function () {
  this.timeout(1_200_000);
  let file: string;
  let putBack: (() => Promise<void>) | undefined;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    const url = await startReceiver();
    const receivers = [url, `${url}second`].map((each) => ({ kind: "webhook", url: each }));
    const monitoring = readStackKey("monitoring", CONFIG_FILE) as object | undefined;
    const backup = { to: await bucketElsewhere(), pointInTime: { size: "2Gi" }, size: "5Gi" };
    editStackFile(CONFIG_FILE, {
      "slipway:monitoring": { ...monitoring, alerts: { receivers } },
      "slipway:backup": backup,
      "slipway:sleep": SLEEP,
    });
    await npm("deploy", "--yes", "--dirty");
    putBack = await hurry(SHORTER);
  });
  after(async () => {
    await putBack?.();
    await withoutReceivers(file);
    await endTraining(ENDLESS);
    await stopElsewhere();
  });

  it("has a play for every alert of the rules", async () => {
    const played = ROUNDS.flat().flatMap(({ tells }) => tells);
    const all = await known();
    const left = all.filter((name) => !(name in ELSEWHERE_PLAYED));
    assert.deepEqual(played.sort(), left.sort());
  });

  for (const round of ROUNDS) {
    const names = round.flatMap(({ tells }) => tells);
    it(`tells of ${names.join(", ")}`, async () => {
      const quiet = round.flatMap(({ tells, before }) => (before ? [] : tells));
      const early = async () => (await firing()).filter((name) => quiet.includes(name));
      await until("no alert fires before its cause", async () => (await early()).length === 0);
      const before = (await told()).split("\n").length;
      const waits = async () => {
        const all = (await told()).split("\n").map((line) => line.split(" "));
        return names.filter((name) => {
          const [alert, volume] = name.split(" ");
          const fits = ([status, called, of]: string[]) =>
            status === "firing" && called === alert && (volume === undefined || of === volume);
          return !all.slice(quiet.includes(name) ? before - 1 : 0).some(fits);
        });
      };
      const begun: Cause[] = [];
      const began = Date.now();
      let last = names;
      try {
        for (const { by } of round) {
          begun.push(by);
          await by.begin();
        }
        const everyOne = async () => {
          const now = await waits();
          for (const name of last.filter((each) => !now.includes(each)))
            tell(
              `${name}: told ${Math.round((Date.now() - began) / 1000)} s after its round began`,
            );
          last = now;
          return now.length === 0;
        };
        await until("all are told", everyOne, 600).catch(() => undefined);
        assert.deepEqual(last, []);
      } finally {
        for (const { end } of begun.reverse()) await end?.();
      }
    });
  }
});
