import assert from "node:assert/strict";
import { acceptedIn } from "../../../tools/images/accepted.ts";
import { type Finding, findingsOf, isAsBadAs } from "../../../tools/images/findings.ts";

const affected = (name: string, ...fixed: (string | undefined)[]) => ({
  package: { name, ecosystem: "npm" },
  ranges: [{ events: [{ introduced: "0" }, ...fixed.map((version) => ({ fixed: version }))] }],
});

/** A report of osv-scanner's: one package with one advisory in each of these files. */
function reportOf(
  paths: string[],
  group: { ids: string[]; aliases?: string[] | null; max_severity?: string },
  vulnerabilities: object[] | null,
): string {
  const packages = [
    { package: { name: "fastify", version: "5.0.0" }, groups: [group], vulnerabilities },
  ];
  return JSON.stringify({ results: paths.map((path) => ({ source: { path }, packages })) });
}

const found = (text: string) => findingsOf([text], (path) => path.replace("/tmp/", ""));

describe("findings of osv-scanner", () => {
  it("are one for each package and advisory, with what mends it and where it is", () => {
    const group = { ids: ["GHSA-1", "MAL-1"], aliases: ["CVE-1", "GHSA-1"], max_severity: "7.5" };
    const vulnerabilities = [
      { id: "GHSA-1", affected: [affected("fastify", "5.1.0"), affected("other", "9.9.9")] },
      { id: "MAL-1", affected: [affected("fastify", "5.1.0", "4.9.9", undefined)] },
      { id: "GHSA-2", affected: [affected("fastify", "6.0.0")] },
    ];
    assert.deepEqual(found(reportOf(["/tmp/a", "/tmp/b", "/tmp/a"], group, vulnerabilities)), [
      {
        severity: "high",
        package: "fastify",
        version: "5.0.0",
        ids: ["GHSA-1", "MAL-1", "CVE-1"],
        fixed: ["5.1.0", "4.9.9"],
        places: ["a", "b"],
      },
    ]);
  });

  it("are none where the scanner names no package, or nothing of it", () => {
    assert.deepEqual(found('{"results":[]}'), []);
    assert.deepEqual(found('{"results":null}'), []);
  });

  it("are rated as CVSS rates its scores, and have none where the advisory has none", () => {
    const severities = ["10.0", "9.0", "8.9", "7.0", "6.9", "4.0", "3.9", "0.1", "", "0.0"];
    const ratings = severities.map((score) => {
      const [finding] = found(reportOf(["a"], { ids: ["X"], max_severity: score }, null));
      assert.deepEqual(finding?.fixed, []);
      return finding.severity;
    });
    assert.deepEqual(ratings, [
      ...["critical", "critical", "high", "high", "medium", "medium", "low", "low"],
      ...["unknown", "unknown"],
    ]);
  });

  it("come worst first, those of an unknown score before all", () => {
    const texts = ["3.1", "9.8", "", "5.0"].map((score) =>
      reportOf(["a"], { ids: [`of ${score}`], max_severity: score }, []),
    );
    const order = findingsOf(texts, (path) => path).map(({ severity }) => severity);
    assert.deepEqual(order, ["unknown", "critical", "medium", "low"]);
  });

  it("fail from a level on, and always without a score", () => {
    const fails = (severity: Finding["severity"], level: "critical" | "medium") =>
      isAsBadAs({ severity } as Finding, level);
    assert.deepEqual(
      (["critical", "high", "medium", "low", "unknown"] as const).map((one) =>
        fails(one, "medium"),
      ),
      [true, true, true, false, true],
    );
    assert.ok(!fails("high", "critical"));
  });
});

describe("what osv-scanner.toml accepts", () => {
  const sound = '[[IgnoredVulns]]\nid = "GHSA-1"\nignoreUntil = 2027-01-31\nreason = "not used"\n';
  const override =
    '[[PackageOverrides]]\nname = "lib"\nignore = true\neffectiveUntil = 2027-02-28\nreason = "ours"\n';

  it("has a name, an end and a reason", () => {
    assert.deepEqual(acceptedIn(`# [[IgnoredVulns]] in a comment\n${sound}\n${override}`), {
      accepted: [
        { what: "GHSA-1", until: "2027-01-31", reason: "not used" },
        { what: "lib", until: "2027-02-28", reason: "ours" },
      ],
      problems: [],
    });
  });

  const wrong: [string, string, RegExp][] = [
    ["no end", sound.replace(/ignoreUntil.*\n/, ""), /GHSA-1: 'ignoreUntil = 2027-01-31' says/],
    ["an end in quotes", sound.replace("2027-01-31", '"soon"'), /'ignoreUntil = /],
    ["no reason", sound.replace(/reason.*\n/, ""), /GHSA-1: 'reason = "…"' says why/],
    ["an empty reason", sound.replace("not used", ""), /'reason = "…"'/],
    ["no name", override.replace(/name.*\n/, ""), /without a name: 'name' says/],
    [
      "no end in TOML's other form of a list",
      'IgnoredVulns = [{ id = "GHSA-1", reason = "x" }]',
      /GHSA-1: 'ignoreUntil = /,
    ],
    ["an end in a comment", sound.replace("ignoreUntil", "# ignoreUntil"), /'ignoreUntil = /],
  ];
  for (const [what, text, problem] of wrong) {
    it(`is not sound with ${what}`, () => {
      assert.match(acceptedIn(text).problems.join("\n"), problem);
    });
  }
});
