import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { findingsOf } from "../../../tools/images/findings.ts";
import { scan } from "../../../tools/images/scanner.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { findProgram } from "../../support/go-programs.ts";
import { long } from "../../support/long.ts";

const scanner = findProgram("osv-scanner");
const reason = "missing" in scanner ? ` (skipped: ${scanner.missing})` : "";
const LOCK = join(ROOT, "package-lock.json");
/** 7.5: high. */
const CVSS = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

describe("a scan", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-scan-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** What is learned of a scanner that ends so. */
  function ended(code: number, stdout: string, stderr: string) {
    const file = join(folder, "osv-scanner");
    const script = `#!/bin/sh\nprintf %s '${stdout}'\nprintf %s '${stderr}' >&2\nexit ${code}\n`;
    writeFileSync(file, script, { mode: 0o755 });
    return scan(file, { files: [LOCK] }, "osv-scanner.toml", undefined);
  }

  it("has learned all where the scanner says nothing beside its report, whatever it found", async () => {
    for (const code of [0, 1]) assert.deepEqual(await ended(code, "{}", ""), { report: "{}" });
  });

  it("has learned nothing where the scanner ends in another way", async () => {
    const said = "no such host";
    assert.deepEqual(await ended(127, '{"results":[]}', said), { problem: said });
    assert.deepEqual(await ended(128, "", ""), { problem: "osv-scanner ended with 128" });
  });

  it("has learned a part where the scanner has found something and could not do the rest", async () => {
    assert.deepEqual(await ended(1, "{}", "cannot"), { report: "{}", problem: "cannot" });
  });
});

describe(`vulnerabilities in a copy of the database, by the real osv-scanner${reason}`, function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "slipway-osv-"));
  const program = "missing" in scanner ? "" : scanner.file;
  const config = join(folder, "osv-scanner.toml");

  before(function () {
    if (program === "") {
      this.skip();
      return;
    }
    writeFileSync(config, "");
    archive("npm", [advisory("GHSA-aaaa-bbbb-cccc", "npm", "fastify", [{ fixed: "99.0.0" }])]);
    archive("PyPI", [advisory("PYSEC-2026-1", "PyPI", "left-pad", [])]);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const advisory = (id: string, ecosystem: string, name: string, events: object[]) => ({
    ...{ id, modified: "2026-11-01T00:00:00Z", aliases: ["CVE-2026-1"] },
    severity: [{ type: "CVSS_V3", score: CVSS }],
    affected: [
      {
        package: { ecosystem, name },
        ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, ...events] }],
      },
    ],
  });

  /** A part of the database, as osv.dev publishes it: a file for each advisory. */
  function archive(ecosystem: string, advisories: { id: string }[]): void {
    const target = join(folder, "osv-scalibr", ecosystem);
    mkdirSync(target, { recursive: true });
    for (const one of advisories)
      writeFileSync(join(target, `${one.id}.json`), JSON.stringify(one));
    const files = advisories.map(({ id }) => `${id}.json`);
    execFileSync("python3", ["-m", "zipfile", "-c", "all.zip", ...files], { cwd: target });
  }

  /** A list of packages that names one. */
  function listOf(purl: string): string {
    const file = join(folder, "slipway-played.cdx.json");
    const bom = { bomFormat: "CycloneDX", specVersion: "1.5", components: [{ name: "one", purl }] };
    writeFileSync(
      file,
      JSON.stringify(bom).replace('"name":"one"', '"type":"library","name":"one"'),
    );
    return file;
  }

  const ofLock = async () => {
    const { report = "{}", problem } = await scan(program, { files: [LOCK] }, config, folder);
    assert.equal(problem, undefined);
    return findingsOf([report], (path) => path);
  };

  it("are found in the repository's own lock file, with severity and fix", async () => {
    const [finding, ...others] = await ofLock();
    assert.deepEqual(others, []);
    assert.ok(finding);
    const { version, ...rest } = finding;
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.deepEqual(rest, {
      ...{ severity: "high", package: "fastify", fixed: ["99.0.0"], places: [LOCK] },
      ids: ["GHSA-aaaa-bbbb-cccc", "CVE-2026-1"],
    });
  });

  it("are left out while they are accepted, and found again afterwards", async () => {
    const accept = (until: string) => {
      const entry = `[[IgnoredVulns]]\nid = "GHSA-aaaa-bbbb-cccc"\nignoreUntil = ${until}\n`;
      writeFileSync(config, `${entry}reason = "not used"\n`);
    };
    accept("2999-01-01");
    assert.deepEqual(await ofLock(), []);
    accept("2020-01-01");
    assert.equal((await ofLock()).length, 1);
    writeFileSync(config, "");
  });

  it("are not known of an ecosystem that the copy does not have, nor of a file that cannot be read", async () => {
    const gem = await scan(program, { files: [listOf("pkg:gem/rails@7.0.0")] }, config, folder);
    assert.match(gem.problem ?? "", /no offline version of the OSV database/);
    const none = await scan(program, { files: [join(folder, "none.cdx.json")] }, config, folder);
    assert.notEqual(none.problem, undefined);
  });

  it("are none of a list whose packages have none", async () => {
    const { report = "", problem } = await scan(
      ...([program, { files: [listOf("pkg:npm/left-pad@1.3.0")] }, config, folder] as const),
    );
    assert.equal(problem, undefined);
    assert.deepEqual(
      findingsOf([report], (path) => path),
      [],
    );
  });

  const run = (...args: string[]) =>
    execa("node", ["--import", "tsx", "tools/images/vulnerabilities.ts", ...args], {
      ...{ cwd: ROOT, reject: false, all: true },
      env: { PATH: [dirname(program), process.env["PATH"]].join(delimiter) },
    });

  long("end the command with 1 from a level on, named with the images that have them", async () => {
    const bad = await run("--database", folder);
    assert.equal(bad.exitCode, 1, bad.all);
    const line = /^high +fastify +\S+ +99\.0\.0 +GHSA-aaaa-bbbb-cccc, CVE-2026-1 +(.*)$/m;
    const places = line.exec(bad.stdout)?.[1]?.split(", ").sort();
    assert.deepEqual(places, ["package-lock.json", "slipway-serving", "slipway-ui"]);
    assert.match(bad.stderr, /1 of 1 finding\(s\) are high or worse/);
    const well = await run("--database", folder, "--fail-on", "critical");
    assert.equal(well.exitCode, 0, well.all);
    assert.match(well.stdout, /nothing known that is critical or worse/);
  });

  long("are not known where no database is reached, and that is neither 0 nor 1", async () => {
    const { exitCode, all } = await run("--database", join(folder, "nowhere"));
    assert.equal(exitCode, 3, all);
    assert.match(all, /^NOT KNOWN/m);
    assert.match(all, /whether there are vulnerabilities is not known/);
  });
});
