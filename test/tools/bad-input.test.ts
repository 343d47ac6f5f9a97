import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(import.meta.dirname, "..", "..");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** What takes no options of ours: programs of others, npm's own steps, and scripts that only write what they find. */
const WITHOUT =
  /^(check|format|fix|lint|types|docs|dashboards|bundle|lock:images|coverage|test:cluster|pack|prepack|postpack)$/;
/** Commands of a stack, each with what it needs beside `--stack`. */
const OF_A_STACK: [string, ...string[]][] = [
  ...[
    "alert-test",
    "deploy",
    "gitops",
    "hosts",
    "pin:images",
    "preview",
    "rotate",
    "sign",
    "sleep",
    "train",
    "wake",
  ].map((script): [string] => [script]),
  ["render", "--out", "rendered/nowhere"],
];
const COMMENT = ["--file", "nowhere.md"];
const BATCH = ["--model", "a", "--in", "b.csv", "--out", "c.csv"];
/** Values that make no sense, and what is said of them. */
const NONSENSE: [string, string[], RegExp][] = [
  ["bench", ["sandbx"], /no benchmark 'sandbx'\nusage: /],
  ["bench", ["--cold"], /--cold goes with sandbox/],
  ["ci:check", [], /--stack is needed/],
  ["ci:check", ["--stack", "dev", "--for", "fun"], /--for fun: deploy, preview or plan/],
  [
    "ci:comment",
    [...COMMENT, "--pull-request", "12"],
    /--file nowhere\.md cannot be read: .*ENOENT/,
  ],
  ["ci:comment", [...COMMENT, "--pull-request", "x"], /--pull-request \(a number\)/],
  ["compare", [], /--model is needed\nusage: /],
  ["compare", ["--model", "a", "1"], /give two versions, or none\nusage: /],
  ["data", [], /'': list, show, diff or prune\nusage: /],
  ["data", ["diff", "a"], /diff takes 2 snapshot\(s\), not 1\nusage: /],
  ["data", ["prune"], /prune needs --keep or --days\nusage: /],
  ["data", ["prune", "--keep", "some"], /--keep some: give a whole number/],
  ["data", ["list", "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["data", ["list", "--data-dir", "nowhere"], /no `npm start` is ready on nowhere/],
  [
    "gitops",
    ["--stack", "dev", "--config-file", "nowhere.yaml"],
    /nowhere\.yaml cannot be read: add/,
  ],
  ["history", ["--data-dir", "nowhere"], /no `npm start` is ready on nowhere/],
  ["history", ["--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["loadtest", [], /--url is needed/],
  ["loadtest", ["--url", "nonsense"], /--url 'nonsense': give an address/],
  ["loadtest", ["--url", "http://localhost", "--scenario", "x"], /--scenario 'x': use /],
  ["monitor", [], /--model is needed\nusage: /],
  ["monitor", ["--model", "a", "--rows", "0"], /--rows 0: give a whole number, 1 or more/],
  ["monitor", ["--model", "a", "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["monitor", ["--model", "a", "--data-dir", "nowhere"], /no `npm start` is ready on nowhere/],
  ["pr-sandbox", [], /usage: npm run pr-sandbox/],
  ["pr-sandbox", ["up", "--number", "-1x"], /--number/],
  [
    "pr-sandbox",
    ["sweep", "--open", "nowhere.json"],
    /--open nowhere\.json cannot be read: .*ENOENT/,
  ],
  ["predict", [], /--model is needed\nusage: /],
  ["predict", ["--model", "a", "--in", "b.csv"], /--out is needed\nusage: /],
  ["predict", [...BATCH, "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["predict", [...BATCH, "--version", "1", "--alias", "b"], /leave one of them out/],
  ["predict", [...BATCH, "--data-dir", "nowhere"], /no `npm start` is ready on nowhere/],
  ["retrain", [], /give --model or --file\nusage: /],
  ["retrain", ["--model", "a", "--file", "b.yaml"], /give --model or --file\nusage: /],
  ["retrain", ["--model", "a", "--stack", "dev"], /--stack dev: a stack retrains by its schedule/],
  ["retrain", ["--model", "a", "--data-dir", "nowhere"], /no `npm start` is ready on nowhere/],
  ["rollback", ["--model", "a", "--data-dir", "nowhere"], /no `npm start` is ready/],
  ["rollback", ["--model", "a", "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["rollback", ["--stack", "dev"], /give --model or --image\nusage: /],
  [
    "rollback",
    ["--stack", "dev", "--model", "a", "--image", "b"],
    /give --model or --image\nusage: /,
  ],
  ["sandbox", ["fly"], /no command 'fly'\nusage: /],
  ["sandbox", ["--engine", "x"], /--engine 'x': use pulumi or kubectl/],
  ["start", ["--port-base", "x"], /--port-base x: give a whole number/],
  ["start", ["--model", "nowhere"], /nowhere/],
  [
    "vulnerabilities",
    ["--fail-on", "terrible"],
    /--fail-on terrible: use critical, high, medium, low/,
  ],
  ["vulnerabilities", ["--stack", "nowhere"], /Pulumi\.nowhere\.yaml/],
  ["test", ["formt"], /no suite 'formt'; choose from format, /],
];

describe("bad input of npm scripts", () => {
  async function refused(script: string, args: string[], ...said: RegExp[]): Promise<void> {
    const [program = "", ...words] = (scripts[script] ?? "").split(" ");
    const options = { cwd: ROOT, reject: false, timeout: 60_000, stdin: "ignore" } as const;
    const ended = await execa(program, [...words, ...args], options);
    for (const one of said) assert.match(ended.stderr, one);
    assert.doesNotMatch(ended.stderr, /^ +at /m, "a stack trace");
    assert.equal(ended.exitCode, 2, ended.stderr);
  }

  for (const script of Object.keys(scripts).filter((name) => !WITHOUT.test(name))) {
    it(`${script}: an unknown option is named, with the usage`, () =>
      refused(script, ["--nonsense"], /--nonsense/, /usage: npm |Usage: npm |choose from /));
  }

  for (const [script, ...needed] of OF_A_STACK) {
    it(`${script} asks for --stack, and for one that is there`, async () => {
      await Promise.all([
        refused(script, needed, /--stack (and --out are|is) needed/),
        refused(script, [...needed, "--stack", "nowhere"], /Pulumi\.nowhere\.yaml/),
      ]);
    });
  }

  for (const [script, args, said] of NONSENSE) {
    it([script, ...args].join(" "), () => refused(script, args, said));
  }
});
