/** What a fault is played on. */
export type Suite = "platform" | "serving" | "training" | "cluster";

/** One fault, what is expected of it, and the test that plays it. */
export interface Row {
  fault: string;
  expected: string;
  suite: Suite;
  /** File of the test, from the repository's root. */
  file: string;
  /** What the test's full title begins with; several tests may. A function's name in training's. */
  test: string;
}

/** Faults of one kind. */
export interface Section {
  title: string;
  rows: Row[];
}

type Written = [fault: string, expected: string, test: string];

const rows = (suite: Suite, file: string, about: string, written: Written[]): Row[] =>
  written.map(([fault, expected, test]) => {
    return { fault, expected, suite, file, test: about === "" ? test : `${about} ${test}` };
  });

export const cluster = (file: string, about: string, written: Written[]) =>
  rows("cluster", `test/cluster/${file}.test.ts`, about, written);
export const platform = (file: string, about: string, written: Written[]) =>
  rows("platform", `test/${file}.test.ts`, about, written);
export const serving = (file: string, about: string, written: Written[]) =>
  rows("serving", `serving/test/${file}.test.ts`, about, written);
export const training = (file: string, written: Written[]) =>
  rows("training", `training/tests/${file}.py`, "", written);
