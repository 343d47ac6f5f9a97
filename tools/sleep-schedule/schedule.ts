import { milliOf, wholeOf } from "../../components/lib/quantity.ts";
import { type SleepHours, nextTurn } from "../../components/lib/sleep-hours.ts";
import { HELD, PLAN } from "../../components/lib/environment-marker.ts";
import { reasonOf } from "../lib/failure.ts";
import type { Place } from "../lib/stack/environment.ts";
import { addRecord } from "../lib/stack/history.ts";
import { applyOwn } from "../lib/stack/own-fields.ts";
import { REPLICAS, jobsToSuspend, sleepEnvironment } from "../lib/stack/sleep-environment.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { wakeEnvironment } from "../lib/stack/wake-environment.ts";
import { listWorkloads } from "../lib/stack/workloads.ts";
import { type Plan, type Spared, askedFor, freshPlan, planAt, sparedAfter } from "./plan.ts";

/** Settings of a stack's `sleep`. */
export interface Settings extends SleepHours {
  wakeOnRequest: boolean;
  awakeMinutes: number;
}

/** What people see of an environment, as `GET /environment` answers. */
export interface State {
  environment: string;
  state: "asleep" | "awake" | "falling asleep" | "waking";
  /** Since when it sleeps: ISO 8601. */
  since?: string | undefined;
  /** Since when it should be what it is not yet: ISO 8601. */
  wantedSince?: string | undefined;
  /** Why it is not yet what it should be. */
  waiting?: string | undefined;
  /** When it sleeps again after it was woken out of hours. */
  awakeUntil?: string | undefined;
  next: { sleep?: string | undefined; wake?: string | undefined };
  timeZone: string;
  /** Seconds until callers should ask again. */
  retryAfter: number;
  spared?: Spared | undefined;
}

/** The ConfigMap of the schedule: marks and plan are its annotations. */
export interface ScheduleObject {
  metadata: { name: string; uid: string; annotations?: Record<string, string> };
}

/** Seconds that waking is said to take before it was seen. */
const GUESSED_WAKE = 45;

/** Puts an environment to sleep and wakes it, by its hours and when it is asked. One look after the other, in one process. */
export class Schedule {
  readonly #place: Place;
  readonly #settings: Settings;
  readonly #name: string;
  #waiting: string | undefined;
  #busySince: Date | undefined;
  #asked: { want: "asleep" | "awake"; why: string } | undefined;
  #tell: (line: string) => void;

  constructor(place: Place, name: string, settings: Settings, tell: (line: string) => void) {
    this.#place = place;
    this.#name = name;
    this.#settings = settings;
    this.#tell = tell;
  }

  /** The object that holds the plan; undefined once the stack was destroyed. */
  async object(): Promise<ScheduleObject | undefined> {
    return this.#place.objects.read<ScheduleObject>(this.#named());
  }

  #named() {
    const { namespace } = this.#place;
    return { kind: "ConfigMap" as const, metadata: { name: this.#name, namespace } };
  }

  /** Wants it asleep or awake from now on; the next look acts on it. @throws Failure that names trainings which run */
  async ask(want: "asleep" | "awake", why: string): Promise<void> {
    if (want === "asleep") await jobsToSuspend(this.#place, false);
    this.#asked = { want, why };
  }

  /** Whether callers wake it. */
  get wakesOnRequest(): boolean {
    return this.#settings.wakeOnRequest;
  }

  /** One look at clock and cluster, with what there is to do. It takes as long as the environment does. */
  async look(now = new Date()): Promise<void> {
    const object = await this.object();
    if (object === undefined) return;
    const text = object.metadata.annotations?.[PLAN];
    const before = text === undefined ? freshPlan(now) : (JSON.parse(text) as Plan);
    const hours = this.#settings;
    const { awakeMinutes } = hours;
    let plan = planAt(before, hours, now);
    if (this.#asked) {
      plan = askedFor(plan, this.#asked.want, this.#asked.why, { hours, awakeMinutes, now });
      this.#asked = undefined;
    }
    if (JSON.stringify(plan) !== text) await this.#keep(plan);
    if (plan.want === undefined) {
      this.#waiting = undefined;
      return;
    }
    const held = object.metadata.annotations?.[HELD];
    if (plan.want === "asleep" && held !== undefined && now < new Date(held)) {
      this.#waiting = `a command is at work in it, until ${held} at the latest`;
      return;
    }
    this.#busySince = now;
    try {
      await this.#carryOut(plan);
      this.#waiting = undefined;
    } catch (error) {
      if (this.#waiting !== reasonOf(error)) this.#tell(`not yet ${plan.want}: ${reasonOf(error)}`);
      this.#waiting = reasonOf(error);
    } finally {
      this.#busySince = undefined;
    }
  }

  async #carryOut(plan: Plan): Promise<void> {
    const { want, why = "its schedule", ...rest } = plan;
    delete rest.wantedSince;
    const since = await asleepSince(this.#place);
    const began = Date.now();
    if (want === "asleep") {
      const changed = await sleepEnvironment(this.#place, false);
      if (changed) await this.#record("sleep", "ok", why);
      await this.#keep(rest);
      return;
    }
    const spares = since === undefined ? undefined : await this.#spares();
    const late = await wakeEnvironment(this.#place);
    const kept: Plan = { ...rest };
    if (since !== undefined && spares) {
      const wakeSeconds = Math.ceil((Date.now() - began) / 1000);
      const slept = { since: new Date(since), until: new Date(began), ...spares };
      Object.assign(kept, { wakeSeconds, spared: sparedAfter(rest.spared, slept) });
      const note = late.length > 0 ? `${why}; not ready: ${late.join(", ")}` : why;
      await this.#record("wake", late.length > 0 ? "failed" : "ok", note);
    }
    await this.#keep(kept);
  }

  /** What a person sees. @throws Failure where the API does not say */
  async state(now = new Date()): Promise<State> {
    const object = await this.object();
    const annotations = object?.metadata.annotations ?? {};
    const plan = JSON.parse(annotations[PLAN] ?? "{}") as Partial<Plan>;
    const want = this.#asked?.want ?? plan.want;
    const since = await asleepSince(this.#place);
    const rest = since === undefined ? "awake" : "asleep";
    // The mark is set before the first falls asleep, and goes when the last has woken.
    const state = want === undefined ? rest : want === "awake" ? "waking" : "falling asleep";
    const left = (plan.wakeSeconds ?? GUESSED_WAKE) - this.#busySeconds(now);
    const { timeZone } = this.#settings;
    return {
      environment: this.#place.instance,
      state,
      since,
      wantedSince: want === undefined ? undefined : plan.wantedSince,
      waiting: this.#waiting,
      awakeUntil: plan.awakeUntil,
      next: {
        sleep: nextTurn(this.#settings, "asleep", now)?.toISOString(),
        wake: nextTurn(this.#settings, "awake", now)?.toISOString(),
      },
      timeZone,
      retryAfter: since === undefined ? 1 : Math.max(3, Math.ceil(left)),
      spared: plan.spared,
    };
  }

  #busySeconds(now: Date): number {
    return this.#busySince ? (now.getTime() - this.#busySince.getTime()) / 1000 : 0;
  }

  async #keep(plan: Plan): Promise<void> {
    const own = { ...this.#named(), apiVersion: "v1" };
    const annotations = { [PLAN]: JSON.stringify(plan) };
    await applyOwn(this.#place, { ...own, annotations }, "slipway-schedule");
  }

  async #record(event: "sleep" | "wake", result: "ok" | "failed", note: string): Promise<void> {
    await addRecord(this.#place, { event, by: "sleep-schedule", result, note });
    this.#tell(`${event}: ${result} (${note})`);
  }

  /** What the sleeping workloads would request: cores and GiB. */
  async #spares(): Promise<{ cores: number; gib: number }> {
    const workloads = await listWorkloads(this.#place, "Deployment", "StatefulSet");
    const spares = { cores: 0, gib: 0 };
    for (const { metadata, spec } of workloads) {
      const replicas = Number(metadata.annotations?.[REPLICAS] ?? 0);
      for (const { resources } of spec.template?.spec?.containers ?? []) {
        const { cpu, memory } = (resources?.requests ?? {}) as Record<string, string | undefined>;
        spares.cores += (replicas * milliOf(cpu ?? "0")) / 1000;
        spares.gib += (replicas * wholeOf(memory ?? "0")) / 2 ** 30;
      }
    }
    return spares;
  }
}
