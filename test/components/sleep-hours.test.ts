import assert from "node:assert/strict";
import {
  lastTurn,
  nextTurn,
  runsAwake,
  sleepsAt,
  timeZoneProblem,
} from "../../components/lib/sleep-hours.ts";

const HOURS = { at: "0 20 * * 1-5", wakeAt: "0 7 * * 1-5", timeZone: "Europe/Paris" };

describe("hours of sleep", () => {
  it("are those of their time zone, in winter and in summer", () => {
    // 20:00 in Paris is 19:00 UTC in winter and 18:00 UTC in summer.
    assert.equal(sleepsAt(HOURS, new Date("2026-01-07T18:59:00Z")), false);
    assert.equal(sleepsAt(HOURS, new Date("2026-01-07T19:00:00Z")), true);
    assert.equal(sleepsAt(HOURS, new Date("2026-07-08T17:59:00Z")), false);
    assert.equal(sleepsAt(HOURS, new Date("2026-07-08T18:00:00Z")), true);
  });

  it("last over a weekend that has no turn", () => {
    const sunday = new Date("2026-01-11T12:00:00Z");
    const turn = { to: "asleep", at: new Date("2026-01-09T19:00:00Z") };
    assert.deepEqual(lastTurn(HOURS, sunday), turn);
    assert.deepEqual(nextTurn(HOURS, "awake", sunday), new Date("2026-01-12T06:00:00Z"));
    assert.deepEqual(nextTurn(HOURS, "asleep", sunday), new Date("2026-01-12T19:00:00Z"));
  });

  it("are the other way round where it sleeps by day", () => {
    const hours = { at: "0 8 * * *", wakeAt: "0 18 * * *", timeZone: "UTC" };
    assert.equal(sleepsAt(hours, new Date("2026-01-07T12:00:00Z")), true);
    assert.equal(sleepsAt(hours, new Date("2026-01-07T22:00:00Z")), false);
  });

  it("read every form that Kubernetes reads as Kubernetes does", () => {
    const at = (schedule: string, from: string) =>
      nextTurn({ ...HOURS, at: schedule, timeZone: "UTC" }, "asleep", new Date(from));
    const forms: [string, string, string][] = [
      // 'N/step' reaches from N to the end; '?' is any.
      ["50/5 * ? * *", "2026-01-07T12:51:00Z", "2026-01-07T12:55:00Z"],
      ["0 20/2 * * *", "2026-01-07T20:30:00Z", "2026-01-07T22:00:00Z"],
      ["0 0 * * SUN", "2026-01-07T12:00:00Z", "2026-01-11T00:00:00Z"],
      ["0 0 * FEB/2 *", "2026-01-07T12:00:00Z", "2026-02-01T00:00:00Z"],
      ["@midnight", "2026-01-07T12:00:00Z", "2026-01-08T00:00:00Z"],
      ["@annually", "2026-01-07T12:00:00Z", "2027-01-01T00:00:00Z"],
      // With both kinds of days, either will do.
      ["0 0 13 * 5", "2026-01-07T12:00:00Z", "2026-01-09T00:00:00Z"],
      ["0 0 13 * 5", "2026-01-12T12:00:00Z", "2026-01-13T00:00:00Z"],
    ];
    for (const [schedule, from, to] of forms)
      assert.deepEqual(at(schedule, from), new Date(to), schedule);
  });

  it("know which CronJobs would never run, in the cluster's time", () => {
    assert.equal(runsAwake(HOURS, "15 2 * * *"), false);
    assert.equal(runsAwake(HOURS, "0 12 * * 0"), false);
    assert.equal(runsAwake(HOURS, "0 12 * * 1"), true);
    assert.equal(runsAwake(HOURS, "@hourly"), true);
    assert.equal(runsAwake(HOURS, "@every 24h"), true);
    // 19:30 in Paris is always awake, 18:30 UTC in winter alone.
    assert.equal(runsAwake(HOURS, "30 18 * 7 *"), false);
    assert.equal(runsAwake(HOURS, "30 18 * * *"), true);
  });

  it("take names of time zones, and no offsets", () => {
    for (const zone of ["UTC", "Europe/Paris", "America/New_York"])
      assert.equal(timeZoneProblem(zone), undefined, zone);
    for (const zone of ["", "Europe/Berne", "+02:00", "GMT+2", "Paris"])
      assert.match(timeZoneProblem(zone) ?? "", /is no time zone/, zone);
  });
});
