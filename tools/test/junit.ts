/** One test of a JUnit report, as pytest writes it. */
export interface JunitCase {
  /** Its module, e.g. `tests.test_told`. */
  file: string;
  name: string;
  seconds: number;
  /** What it said when it failed. */
  failed?: string;
  skipped: boolean;
}

const CASE =
  /<testcase classname="([^"]*)" name="([^"]*)" time="([^"]*)"(?:\s*\/>|>(.*?)<\/testcase>)/gs;

/** The tests of a JUnit report; one whose end fails too stands twice. */
export function junitCases(text: string): JunitCase[] {
  return [...text.matchAll(CASE)].map(([, file = "", name = "", time = "0", inside = ""]) => {
    const said = /^<(?:failure|error) message="([^"]*)"/.exec(inside)?.[1];
    const one = { file: plain(file), name: plain(name), seconds: Number(time) };
    const skipped = inside.includes("<skipped");
    return { ...one, skipped, ...(said === undefined ? {} : { failed: plain(said) }) };
  });
}

function plain(text: string): string {
  return text.replaceAll(
    /&(#10|lt|gt|quot|amp);/g,
    (_, entity: string) => ({ "#10": "\n", lt: "<", gt: ">", quot: '"', amp: "&" })[entity] ?? "",
  );
}
