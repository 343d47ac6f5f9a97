import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { playApi } from "../support/played-api.ts";
import { long } from "../support/long.ts";
import { prerequisites } from "../support/prerequisites.ts";
import {
  BASE,
  describeStack,
  type EditedStack,
  registry,
  type Settings,
} from "../support/edited-stack.ts";

/** What is edited in turn: objects come, go and change, and data stay. */
const EDITS: Settings[] = [
  { "slipway:mlflow": { resources: { cpu: "300m" } }, "slipway:ui": { replicas: 3 } },
  {
    "slipway:models": [
      { file: "diabetes.yaml", nodePort: 30800 },
      { file: "titanic.yaml", nodePort: 30802 },
    ],
  },
  { "slipway:endpoint": { kind: "none" }, "slipway:registry": registry("second") },
  {},
];

const KINDS =
  "ns,sts,deploy,pvc,secret,cm,svc,netpol,job,hpa,pdb,quota,limits,cronjob,ingress,sa,role,rolebinding";

/** How many times it is killed; each costs two deployments, so a usual run takes the first ones. */
const [KILLS, USUAL] = [20, 1];

describeStack(
  "an `up` that was killed",
  (stack) => {
    let path: string;
    const undo: (() => void)[] = [];

    before(async () => {
      const { programs } = prerequisites();
      assert.ok(programs);
      const api = await playApi(programs.kubectl, (_, response) => {
        response.end(JSON.stringify({ model: { name: "any", version: "4" } }));
      });
      undo.push(api.stop);
      path = [api.folder, process.env["PATH"]].join(delimiter);
    });

    after(() => {
      for (const step of undo) step();
    });

    it("is not taken for killed while its process lives", async () => {
      const locks = join(
        stack.workspace.root,
        ".slipway/state/.pulumi/locks/organization/slipway",
        stack.name,
      );
      mkdirSync(locks, { recursive: true });
      const holder = { pid: process.pid, username: "ada", hostname: hostname() };
      const lock = join(locks, "1.json");
      writeFileSync(lock, JSON.stringify({ ...holder, timestamp: new Date().toISOString() }));
      try {
        const words = ["--stack", stack.name, "--yes", "--recover"];
        const { exitCode, output } = await stack.workspace.tool("ops/deploy", words);
        assert.equal(exitCode, 1, output);
        assert.match(output, new RegExp(`pid ${process.pid}\\).*: it still runs, so wait for it`));
        assert.ok(existsSync(lock));
      } finally {
        rmSync(locks, { recursive: true });
      }
    });

    it("takes up each kind of object that came to be unseen", async () => {
      stack.up(BASE);
      const before = rows(stack, KINDS, "{.metadata.uid}");
      const unseen = forget(stack);
      const words = ["--stack", stack.name, "--yes", "--recover", "--dirty"];
      const { exitCode, output } = await stack.workspace.tool("ops/deploy", words, { PATH: path });
      assert.equal(exitCode, 0, output);
      for (const { urn, id = "" } of unseen) {
        assert.match(output, new RegExp(`${urn.split("::").at(-1) ?? ""}: was made, as ${id}`));
      }
      assert.deepEqual(stack.preview(BASE), []);
      assert.deepEqual(inCluster(stack), inState(stack));
      assert.deepEqual(rows(stack, KINDS, "{.metadata.uid}"), before);
      const kinds = [...new Set(unseen.map(({ type }) => type.split(":").at(-1)))];
      assert.ok(kinds.includes("Secret") && kinds.includes("Job"), kinds.join(", "));
      assert.ok(kinds.length > 10, kinds.join(", "));
    });

    /** Seconds of an undisturbed `up`, from which the moments are drawn. */
    let seconds = 30;

    for (let kill = 0; kill < KILLS; kill++) {
      (kill < USUAL ? it : long)(`is gone on with by one command (${kill + 1})`, async () => {
        const edit = { ...BASE, ...EDITS[kill % EDITS.length] };
        stack.write(edit);
        stack.workspace.commit(`edit ${kill}`);
        const moment = Math.random() * seconds;
        const data = held(stack);
        const killed = await stack.workspace.kill(stack.name, moment * 1000);
        const what = `killed after ${moment.toFixed(1)} s: ${killed}`;
        const begun = Date.now();
        const words = ["--stack", stack.name, "--yes", "--recover", "--dirty"];
        const { exitCode, output } = await stack.workspace.tool("ops/deploy", words, {
          PATH: path,
        });
        assert.equal(exitCode, 0, `${what}\n${output}`);
        seconds = Math.max(10, Math.min(seconds, (Date.now() - begun) / 2000));
        assert.deepEqual(stack.preview(edit), [], what);
        assert.deepEqual(inCluster(stack), inState(stack), what);
        for (const [name, identity] of Object.entries(data)) {
          if (name in held(stack)) assert.equal(held(stack)[name], identity, `${what}: ${name}`);
        }
      });
    }
  },
  () => undefined,
);

interface Entry {
  urn: string;
  type: string;
  id?: string;
  outputs?: object;
  parent?: string;
  dependencies?: string[];
}

/** Leaves a state as if the `up` had been killed right after it made an object of each kind, and what needs that one. */
function forget(stack: EditedStack): Entry[] {
  const state = JSON.parse(stack.workspace.run("stack", "export", "-s", stack.name)) as {
    deployment: { resources: Entry[]; pending_operations?: object[] };
  };
  const { resources } = state.deployment;
  const needing = (entry: Entry): Entry[] => {
    const found = new Set([entry]);
    // Whatever needs another stands after it.
    for (const one of resources) {
      const needs = [one.parent, ...(one.dependencies ?? [])];
      if ([...found].some(({ urn }) => needs.includes(urn))) found.add(one);
    }
    return [...found];
  };
  const least = new Map<string, Entry[]>();
  for (const entry of resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
    const known = least.get(entry.type);
    const needs = needing(entry);
    if (known === undefined || needs.length < known.length) least.set(entry.type, needs);
  }
  const some = [...least.values()].filter(({ length }) => length < resources.length / 4).flat();
  const unseen = resources.filter((entry) => some.includes(entry));
  state.deployment.resources = resources.filter((entry) => !unseen.includes(entry));
  state.deployment.pending_operations = unseen.map((entry) => ({
    type: "creating",
    resource: { ...entry, id: undefined, outputs: undefined },
  }));
  // As the engine writes it: `pulumi stack import` drops what is pending.
  const folder = join(stack.workspace.root, ".slipway/state/.pulumi/stacks/slipway");
  const file = join(folder, `${stack.name}.json`);
  const checkpoint = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: object } };
  checkpoint.checkpoint.latest = state.deployment;
  writeFileSync(file, JSON.stringify(checkpoint));
  return unseen.filter(({ type }) => type.startsWith("kubernetes:"));
}

/** Identity of what must outlive everything: volumes, and what is in Secrets of generated passwords. */
function held(stack: EditedStack): Record<string, string> {
  const volumes = rows(stack, "pvc", "{.metadata.uid}");
  const secrets = rows(stack, "secret", "{.data}").filter(([name]) => !name?.includes("registry"));
  return Object.fromEntries([...volumes, ...secrets]) as Record<string, string>;
}

/** Kind and name of each object in the cluster that the stack made. */
function inCluster(stack: EditedStack): string[] {
  return rows(stack, KINDS, "")
    .map(([name = ""]) => name)
    .sort();
}

function rows(stack: EditedStack, kinds: string, value: string): string[][] {
  const line = `{range .items[*]}{.kind}/{.metadata.name}{"\\t"}${value}{"\\n"}{end}`;
  const label = `app.kubernetes.io/instance=slipway-${stack.name}`;
  const get = ["get", kinds, "-A", "-l", label, "-o", `jsonpath=${line}`];
  return stack
    .kubectl(get)
    .split("\n")
    .filter(Boolean)
    .map((text) => text.split("\t"));
}

/** The same of its state. */
function inState(stack: EditedStack): string[] {
  const { deployment } = JSON.parse(stack.workspace.run("stack", "export", "-s", stack.name)) as {
    deployment: {
      resources: { type: string; outputs?: { kind?: string; metadata?: { name: string } } }[];
    };
  };
  return deployment.resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ outputs }) => `${outputs?.kind ?? ""}/${outputs?.metadata?.name ?? ""}`)
    .sort();
}
