/** Runs in the cluster beside an environment that sleeps by a schedule; `npm run bundle` makes one file of it. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { PORTS } from "../../components/well-known.ts";
import { tell } from "../lib/tell.ts";
import { reasonOf } from "../lib/failure.ts";
import { apiObjects } from "./api-objects.ts";
import { Schedule, type Settings } from "./schedule.ts";
import { scheduleServer } from "./server.ts";
import { standIn } from "./stand-ins.ts";

/** Where the component mounts them. */
const TOKEN_FILE = "/run/secrets/token/password";
const ACCOUNT = "/run/secrets/kubernetes/token";
const SETTINGS = "/etc/sleep-schedule/settings.json";
/** Milliseconds between two looks at clock and cluster. */
const LOOK = 5000;
/** Milliseconds between two looks at what sleeps, and while something wakes: so long a caller may still come here. */
const STAND_IN = { resting: 2000, waking: 500 };

interface Given extends Settings {
  namespace: string;
  instance: string;
  shared: boolean;
  /** Name of the ConfigMap that holds the marks. */
  object: string;
}

const { env } = process;
const { namespace, instance, shared, object, ...settings } = JSON.parse(
  readFileSync(SETTINGS, "utf8"),
) as Given;
const api = { server: "https://kubernetes.default.svc", tokenFile: ACCOUNT };
const place = { namespace, instance, shared, objects: apiObjects(api, namespace) };
const schedule = new Schedule(place, object, settings, tell);
const token = readFileSync(TOKEN_FILE, "utf8").trim();
const server = scheduleServer(schedule, token).listen(PORTS.sleepSchedule);

let ended = false;
process.on("SIGTERM", () => {
  ended = true;
  server.close();
  // What was begun is finished by the next one.
  setTimeout(() => process.exit(), 1000).unref();
});

/** Does something again and again, after as many milliseconds as it says; an error is told once and tried again. */
async function repeat(work: () => Promise<number>): Promise<void> {
  let said = "";
  while (!ended) {
    let milliseconds = LOOK;
    try {
      milliseconds = await work();
      said = "";
    } catch (error) {
      if (said !== reasonOf(error)) tell((said = reasonOf(error)));
    }
    await pause(milliseconds);
  }
}

/** Nothing is listed while all is awake and nothing leads here. */
let leading = true;
async function reconcile(): Promise<number> {
  const { state } = await schedule.state();
  if (state === "awake" && !leading) return STAND_IN.resting;
  const { metadata } = (await schedule.object()) ?? {};
  if (metadata === undefined) return LOOK;
  const owner = { name: metadata.name, uid: metadata.uid };
  const self = { address: env["POD_IP"] ?? "", port: PORTS.sleepSchedule, owner };
  leading = (await standIn(place, state !== "awake", self)).length > 0 || state !== "awake";
  return state === "waking" ? STAND_IN.waking : STAND_IN.resting;
}

async function look(): Promise<number> {
  await schedule.look();
  return LOOK;
}

await Promise.all([repeat(look), repeat(reconcile)]);
