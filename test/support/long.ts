/** Whether the long set runs too: `npm test -- --all`, or the variable for a file alone. */
export const ALL = process.env["SLIPWAY_ALL_TESTS"] === "1";

/** A test that takes minutes, or one row more of a kind: a usual run counts it as skipped. */
export const long = ALL ? it : it.skip;

/** Tests of the long set that go on where the one before ended. */
export const longSuite = ALL ? describe : describe.skip;
