import { spawnSync } from "node:child_process";
import { publishedGoProgram, runs } from "../lib/cached-programs.ts";
import { type Exception, EXCEPTIONS } from "./kube-score-exceptions.ts";
import type { Problem, Validator } from "./problem.ts";

/** A linter of whole sets of objects; its criticals are problems unless an exception gives the reason. */
export const kubeScore: Validator = {
  name: "kube-score",
  missing: () => (runs("go", "version") ? undefined : "no Go; install it to build kube-score"),
  check: (files) => criticals(files).filter(({ exception }) => exception === undefined),
};

/** All that kube-score calls critical, with the exception that allows it. */
export function criticals(files: string[]): (Problem & { exception?: Exception })[] {
  const program = publishedGoProgram("github.com/zegl/kube-score/cmd/kube-score", "v1.20.0");
  // No CPU limits: they would slow a pod down on an idle machine. It exits with 1 when it found something.
  const flags = [
    "--output-format=json",
    "--kubernetes-version=v1.33",
    "--ignore-container-cpu-limit",
  ];
  const { stdout, stderr } = spawnSync(program, ["score", ...flags, ...files], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (stdout === "") throw new Error(`kube-score failed: ${stderr}`);
  return (JSON.parse(stdout) as ScoredObject[]).flatMap(criticalsOf);
}

const CRITICAL = 1;

interface ScoredObject {
  /** E.g. `Deployment/apps/v1/slipway-dev/mlflow`. */
  object_name: string;
  file_name: string;
  checks: {
    check: { id: string; name: string; optional: boolean };
    grade: number;
    skipped: boolean;
    comments: { path: string; summary: string }[] | null;
  }[];
}

function criticalsOf({ object_name, file_name, checks }: ScoredObject) {
  return checks
    .filter(({ grade, skipped, check }) => grade === CRITICAL && !skipped && !check.optional)
    .map(({ check, comments }) => {
      const details = (comments ?? []).map(({ path, summary }) => `${path} ${summary}`.trim());
      const exception = EXCEPTIONS.find(({ id, of }) => id === check.id && of.test(object_name));
      return {
        file: file_name,
        message: [`${object_name}: ${check.id}`, ...details].join("; "),
        ...(exception === undefined ? {} : { exception }),
      };
    });
}
