/** Whether the long set runs too: `npm test -- --all`, or the variable for a file alone. */
export const ALL = process.env["SLIPWAY_ALL_TESTS"] === "1";

// mocha gives each file an `it` of its own, which knows the file: they are looked up when they are called.

/** A test that takes minutes, or one row more of a kind: a usual run counts it as skipped. */
export function long(title: string, test: (this: Mocha.Context) => unknown): void {
  (ALL ? it : it.skip)(title, test as Mocha.AsyncFunc);
}

/** Tests of the long set that go on where the one before ended. */
export function longSuite(title: string, tests: (this: Mocha.Suite) => void): void {
  (ALL ? describe : describe.skip)(title, tests);
}
