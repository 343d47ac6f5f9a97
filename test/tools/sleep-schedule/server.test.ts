import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../../../tools/lib/failure.ts";
import type { State } from "../../../tools/sleep-schedule/schedule.ts";
import { scheduleServer } from "../../../tools/sleep-schedule/server.ts";

const ASLEEP: State = {
  environment: "slipway-dev",
  state: "asleep",
  since: "2026-01-07T20:00:00Z",
  next: { sleep: "2026-01-08T20:00:00Z", wake: "2026-01-08T07:00:00Z" },
  timeZone: "UTC",
  retryAfter: 40,
};

describe("the server of a sleep schedule", () => {
  let server: Server;
  let url: string;
  let state: State;
  let asked: string[];
  let wakesOnRequest: boolean;
  let refusal: string | undefined;

  beforeEach(async () => {
    [state, asked, wakesOnRequest, refusal] = [ASLEEP, [], true, undefined];
    const schedule = {
      get wakesOnRequest() {
        return wakesOnRequest;
      },
      state: () => Promise.resolve(state),
      ask: (want: "asleep" | "awake", why: string) => {
        if (refusal !== undefined) return Promise.reject(new Failure(refusal));
        asked.push(`${want}: ${why}`);
        state = { ...state, state: want === "awake" ? "waking" : "falling asleep" };
        return Promise.resolve();
      },
    };
    server = scheduleServer(schedule, "right-token");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  const token = (value: string) => ({ authorization: `Bearer ${value}` });

  it("answers a prediction with 503 and when to ask again, and wakes the environment once", async () => {
    const body = JSON.stringify({ Glucose: 148 });
    for (let times = 0; times < 3; times++) {
      const { status, headers, text } = await ask("/predict", { method: "POST", body });
      assert.equal(status, 503);
      assert.equal(headers.get("retry-after"), "40");
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.match(text, /slipway-dev sleeps; it is being woken, try again in 40 s/);
    }
    assert.deepEqual(asked, ["awake: a request for /predict"]);
  });

  it("wakes nothing for probes and scrapes", async () => {
    for (const path of ["/health", "/ready", "/metrics", "/v2/health/ready"])
      assert.equal((await ask(path)).status, 503, path);
    assert.equal((await ask("/predict", { method: "HEAD" })).status, 503);
    assert.deepEqual(asked, []);
  });

  it("shows a person who opens the page that it wakes, and looks again by itself", async () => {
    const { status, headers, text } = await ask("/", { headers: { accept: "text/html,*/*" } });
    assert.equal(status, 503);
    assert.match(headers.get("content-type") ?? "", /^text\/html/);
    assert.match(text, /<meta http-equiv="refresh" content="40">/);
    assert.match(text, /<h1>Waking up<\/h1>\n<p>slipway-dev sleeps; it is being woken/);
    assert.deepEqual(asked, ["awake: a request for /"]);
  });

  it("only says how to wake it where a stack leaves that to the token", async () => {
    wakesOnRequest = false;
    const { status, text } = await ask("/predict", { method: "POST", body: "{}" });
    assert.equal(status, 503);
    assert.match(
      text,
      /sleeps until 2026-01-08T07:00:00Z; POST \/environment\/wake on the Service/,
    );
    assert.deepEqual(asked, []);
  });

  it("does not count requests that arrive when all is awake", async () => {
    state = { ...ASLEEP, state: "awake", since: undefined, retryAfter: 1 };
    const { status, headers } = await ask("/predict", { method: "POST", body: "{}" });
    assert.deepEqual([status, headers.get("retry-after")], [503, "1"]);
    assert.deepEqual(asked, []);
  });

  it("wakes and lets sleep by token", async () => {
    for (const [path, want] of [
      ["/environment/wake", "awake"],
      ["/environment/sleep", "asleep"],
    ] as const) {
      const { status } = await ask(path, { method: "POST", headers: token("right-token") });
      assert.equal(status, 202);
      assert.equal(asked.pop(), `${want}: asked for by token`);
    }
  });

  it("refuses another token, none, and anything that is no POST", async () => {
    const without = await ask("/environment/wake", { method: "POST" });
    assert.equal(without.status, 401);
    assert.equal(without.headers.get("www-authenticate"), "Bearer");
    assert.match(without.text, /the Secret sleep-schedule-token/);
    const tokens = ["wrong", "right-token2", "right-toke", "", "right-token x"];
    for (const wrong of tokens) {
      const asks = { method: "POST", headers: token(wrong) };
      assert.equal((await ask("/environment/sleep", asks)).status, 401, wrong);
    }
    const read = await ask("/environment/wake", { headers: token("right-token") });
    assert.deepEqual([read.status, read.headers.get("allow")], [405, "POST"]);
    assert.deepEqual(asked, []);
  });

  it("says which training runs, instead of letting it sleep", async () => {
    refusal = "at work in slipway-dev: nightly; wait for it";
    const asks = { method: "POST", headers: token("right-token") };
    const { status, text } = await ask("/environment/sleep", asks);
    assert.equal(status, 409);
    assert.match(text, /at work in slipway-dev: nightly/);
  });

  it("says how the environment is, to people and to Prometheus", async () => {
    assert.deepEqual(JSON.parse((await ask("/environment")).text), ASLEEP);
    const metrics = await ask("/environment/metrics");
    assert.match(metrics.text, /^slipway_environment_asleep 1$/m);
    assert.match(metrics.text, /^slipway_environment_overdue_seconds 0$/m);
    const turns = metrics.text.match(/^slipway_environment_next_turn_timestamp_seconds\{.*$/gm);
    assert.deepEqual(turns, [
      'slipway_environment_next_turn_timestamp_seconds{to="asleep"} 1767902400',
      'slipway_environment_next_turn_timestamp_seconds{to="awake"} 1767855600',
    ]);
    state = {
      ...ASLEEP,
      state: "waking",
      wantedSince: new Date(Date.now() - 90_000).toISOString(),
    };
    const later = (await ask("/environment/metrics")).text;
    const seconds = Number(/^slipway_environment_overdue_seconds (.*)$/m.exec(later)?.[1]);
    assert.ok(seconds >= 90 && seconds < 150, later);
    assert.match(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.equal((await ask("/environment/health")).status, 200);
    assert.deepEqual(asked, []);
  });
});
