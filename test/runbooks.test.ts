import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tools/lib/paths.ts";
import type { Manifest } from "../tools/lib/program/manifests.ts";
import { S3 } from "./support/backup-steps.ts";
import { at, stack } from "./support/evaluation.ts";
import { blocksOf, withoutFences } from "./support/markdown.ts";

const FOLDER = join(ROOT, "docs/runbooks");
const PAGES = readdirSync(FOLDER).filter((name) => name.endsWith(".md"));

/** Lines of a page's code that hold such a command, without the commands before it and what follows a pipe. */
function commands(page: string, program: string): string[] {
  const text = readFileSync(join(FOLDER, page), "utf8");
  const indented = [...text.matchAll(/^ {4}(.*)$/gm)].map(([, line = ""]) => line);
  const inline = [...withoutFences(text).matchAll(/`([^`]+)`/g)];
  const spans = inline.map(([, span = ""]) => span.replaceAll(/\s+/g, " "));
  return [...blocksOf(text, "sh"), ...indented, ...spans]
    .join("\n")
    .split("\n")
    .flatMap((line) => {
      const start = line.indexOf(program);
      return start < 0 ? [] : [(line.slice(start).split(/ [|#] /)[0] ?? "").trim()];
    });
}

/** Objects of a stack that has everything that runbooks speak of. */
async function everything(): Promise<Manifest[]> {
  const receivers = [{ kind: "webhook", url: "https://hooks.example.com/", addresses: ["public"] }];
  const { objects } = await stack("dev", {
    backup: { to: S3, pointInTime: {}, schedule: "0 9 * * *", drill: { schedule: "0 10 * * *" } },
    monitoring: { kind: "bundled", alerts: { receivers } },
    endpoint: {
      kind: "ingress",
      host: "dev.example.com",
      tls: { secretName: "web" },
      controllerNamespace: "ingress",
      addresses: ["public"],
    },
    login: {
      issuer: "https://id.example.com",
      jwksUri: "https://id.example.com/certs",
      addresses: ["public"],
      clientId: "slipway",
      clientSecret: "secret",
      admins: ["ml-admins"],
    },
    sleep: {
      at: "0 20 * * 1-5",
      wakeAt: "0 7 * * 1-5",
      timeZone: "Europe/Paris",
      apiServer: ["10.0.0.1/32"],
    },
    quota: undefined,
  });
  return objects;
}

const KINDS: Record<string, string> = {
  cronjob: "CronJob",
  deployment: "Deployment",
  secret: "Secret",
  service: "Service",
  statefulset: "StatefulSet",
};

/** Objects that a command of kubectl names, as `Kind/name`; nothing where it names a placeholder. */
function named(command: string): string[] {
  const slashed = command.matchAll(
    /\b(cronjob|deployment|secret|service|statefulset)\/([a-z0-9-]+)/g,
  );
  const spaced = command.matchAll(
    /\b(?:get|scale|describe) (cronjob|deployment|secret|statefulset) ((?:[a-z][a-z0-9-]* ?)+)/g,
  );
  const pods = command.matchAll(/\b([a-z][a-z-]*)-0\b/g);
  return [
    ...[...slashed].map(([, kind = "", name = ""]) => `${KINDS[kind] ?? ""}/${name}`),
    ...[...spaced].flatMap(([, kind = "", names = ""]) =>
      names
        .trim()
        .split(" ")
        .map((name) => `${KINDS[kind] ?? ""}/${name}`),
    ),
    ...[...pods].map(([, name = ""]) => `StatefulSet/${name}`),
  ];
}

/** Labels that a command selects by, as `key=value`. */
function selected(command: string): string[] {
  const equal = [...command.matchAll(/-l '?([\w./-]+)=([\w-]+)/g)];
  const among = [...command.matchAll(/-l '([\w./-]+) in \(([^)]*)\)/g)];
  return [
    ...equal.map(([, key = "", value = ""]) => `${key}=${value}`),
    ...among.flatMap(([, key = "", values = ""]) =>
      values.split(", ").map((value) => `${key}=${value}`),
    ),
  ].filter((label) => !/=[A-Z]|instance=/.test(label));
}

/** Labels of the object and of its pods. */
function labelsOf(object: Manifest): string[] {
  const paths = [
    "metadata.labels",
    "spec.template.metadata.labels",
    "spec.jobTemplate.spec.template.metadata.labels",
  ];
  return paths.flatMap((path) =>
    Object.entries((at(object, path) ?? {}) as Record<string, string>).map(
      ([key, value]) => `${key}=${value}`,
    ),
  );
}

describe("the commands of the runbooks", () => {
  it("name objects and labels that a stack has", async () => {
    const objects = await everything();
    const there = new Set([
      ...objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      ...objects.flatMap(labelsOf),
    ]);
    const wanted = PAGES.flatMap((page) =>
      commands(page, "kubectl ").flatMap((command) =>
        [...named(command), ...selected(command)].map((what) => ({ page, what })),
      ),
    );
    assert.ok(wanted.length > 45, `${wanted.length} names`);
    assert.deepEqual(
      wanted.filter(({ what }) => !there.has(what)),
      [],
    );
  });

  it("are scripts of ours with options that these know", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const wrong = PAGES.flatMap((page) =>
      commands(page, "npm run ").flatMap((command) => {
        const [, , script = "", ...words] = command.split(/\s+/);
        const text = sourceOf(scripts[script]);
        if (text === undefined) return [`${page}: npm run ${script}`];
        const options = words.flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? []);
        const unknown = options.filter((option) => !text.includes(option));
        return unknown.map((option) => `${page}: npm run ${script} ${option}`);
      }),
    );
    assert.deepEqual(wrong, []);
  });
});

/** What says which options a script has: its source, with those of any environment. */
function sourceOf(script: string | undefined): string | undefined {
  if (script === undefined) return undefined;
  const [file] = /tools\/\S+\.ts/.exec(script) ?? [];
  if (file === undefined || !existsSync(join(ROOT, file))) return "";
  return `${readFileSync(join(ROOT, file), "utf8")} --stack --context`;
}
