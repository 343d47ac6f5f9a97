import type { Options } from "k6/options";

/** Thresholds that every run must hold: no failed request, and answers that a page can wait for. */
const THRESHOLDS = {
  http_req_failed: ["rate==0"],
  checks: ["rate==1"],
  "http_req_duration{name:predict}": ["p(95)<250", "p(99)<1000"],
};

/** The shapes of load, by name. */
const SCENARIOS = {
  /** A few requests: does it answer at all? */
  smoke: { executor: "shared-iterations", vus: 2, iterations: 20, maxDuration: "1m" },
  /** An ordinary working day, compressed. */
  steady: { executor: "constant-arrival-rate", rate: 50, duration: "2m", preAllocatedVUs: 50 },
  /** Grows until the autoscaler must act, and lets go again. */
  ramp: {
    executor: "ramping-vus",
    stages: [
      { duration: "30s", target: 20 },
      { duration: "2m", target: 60 },
      { duration: "30s", target: 0 },
    ],
  },
};

/** Name of a shape of load. */
export type ScenarioName = keyof typeof SCENARIOS;

/** Every name, for messages. */
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** k6's options; its types declare scenarios as classes, which plain objects never are. */
type LoadOptions = Omit<Options, "scenarios"> & { scenarios: Record<string, object> };

/** k6 options for one shape of load. @throws Error that lists the names when there is no such shape. */
export function optionsFor(name: string): LoadOptions {
  const scenario = SCENARIO_NAMES.find((known) => known === name);
  if (scenario === undefined) {
    throw new Error(`unknown scenario '${name}': use one of ${SCENARIO_NAMES.join(", ")}`);
  }
  return {
    scenarios: { [scenario]: SCENARIOS[scenario] },
    thresholds: THRESHOLDS,
    summaryTrendStats: ["avg", "med", "p(95)", "p(99)", "max"],
  };
}
