import assert from "node:assert/strict";
import { askedFor, freshPlan, planAt, sparedAfter } from "../../../tools/sleep-schedule/plan.ts";

const HOURS = { at: "0 20 * * *", wakeAt: "0 7 * * *", timeZone: "UTC" };
const at = (time: string) => new Date(`2026-01-${time}:00Z`);

describe("the plan of a sleep schedule", () => {
  it("does nothing before the first turn, also where it begins in hours of sleep", () => {
    const plan = freshPlan(at("07T23:00"));
    assert.deepEqual(planAt(plan, HOURS, at("08T06:59")), plan);
    assert.equal(planAt(plan, HOURS, at("08T07:00")).want, "awake");
  });

  it("acts on each turn once, so that what a person does in between stays", () => {
    const plan = planAt(freshPlan(at("07T12:00")), HOURS, at("07T20:00"));
    assert.deepEqual(plan, {
      seen: "2026-01-07T20:00:00.000Z",
      want: "asleep",
      why: "its schedule",
      wantedSince: "2026-01-07T20:00:00.000Z",
    });
    const done = { seen: plan.seen };
    assert.deepEqual(planAt(done, HOURS, at("07T21:00")), done);
  });

  it("makes up for turns that nobody looked at, by the newest alone", () => {
    const before = freshPlan(at("05T12:00"));
    assert.equal(planAt(before, HOURS, at("07T03:00")).want, "asleep");
    assert.equal(planAt(before, HOURS, at("07T12:00")).want, "awake");
  });

  it("lets it sleep again when it was woken out of hours, and its own turn comes first", () => {
    const asked = { hours: HOURS, awakeMinutes: 60, now: at("07T23:00") };
    const plan = askedFor(freshPlan(at("07T22:00")), "awake", "a request", asked);
    assert.equal(plan.awakeUntil, "2026-01-08T00:00:00.000Z");
    assert.equal(planAt(plan, HOURS, at("07T23:59")).want, "awake");
    const later = planAt(plan, HOURS, at("08T00:00"));
    assert.deepEqual([later.want, later.awakeUntil], ["asleep", undefined]);
    const morning = planAt(plan, HOURS, at("08T07:00"));
    assert.deepEqual([morning.want, morning.awakeUntil], ["awake", undefined]);
  });

  it("lets it stay awake when it was woken in its waking hours", () => {
    const asked = { hours: HOURS, awakeMinutes: 60, now: at("07T12:00") };
    const plan = askedFor(freshPlan(at("07T11:00")), "awake", "a request", asked);
    assert.equal(plan.awakeUntil, undefined);
    assert.equal(planAt(plan, HOURS, at("07T19:00")).want, "awake");
  });

  it("forgets that bound when somebody puts it to sleep", () => {
    const now = at("07T23:00");
    const asked = { hours: HOURS, awakeMinutes: 60, now };
    const woken = askedFor(freshPlan(now), "awake", "a request", asked);
    assert.equal(askedFor(woken, "asleep", "a person", asked).awakeUntil, undefined);
  });

  it("adds up what sleep spared", () => {
    const once = sparedAfter(undefined, {
      ...{ since: at("07T20:00"), until: at("08T06:00") },
      ...{ cores: 2, gib: 4 },
    });
    assert.deepEqual(once, {
      since: "2026-01-07T20:00:00.000Z",
      ...{ hours: 10, cpuHours: 20, memoryGibHours: 40 },
    });
    const twice = sparedAfter(once, {
      ...{ since: at("08T20:00"), until: at("08T21:00") },
      ...{ cores: 1, gib: 1 },
    });
    assert.deepEqual([twice.hours, twice.cpuHours, twice.memoryGibHours], [11, 21, 41]);
    assert.equal(twice.since, once.since);
  });
});
