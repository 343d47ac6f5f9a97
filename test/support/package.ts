import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";

/** What a program described, as {@link Consumer.evaluate} gives it. */
export interface Program {
  resources: { type: string; name: string; inputs: Record<string, unknown> }[];
  outputs: Record<string, unknown>;
}

/** Prints what the program in a folder describes, under Pulumi's own mocks. Arguments: project, and its configuration as JSON. */
const EVALUATE = `
import * as pulumi from "@pulumi/pulumi";
const [project, config] = process.argv.slice(2);
const resources = [];
const newResource = ({ type, name, inputs }) => {
  resources.push({ type, name, inputs });
  return { id: name, state: { ...inputs, ...(type.includes("randomPassword") && { result: "{{" + name + "}}" }) } };
};
await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, project, "dev");
pulumi.runtime.setAllConfig(JSON.parse(config));
const outputs = await pulumi.runtime.runInPulumiStack(async () => ({ ...(await import(process.cwd() + "/index.ts")) }));
await pulumi.runtime.disconnect();
process.stdout.write(JSON.stringify({ resources, outputs }));
`;

/** A folder of somebody else with the package in it that \`npm run pack\` makes, and this repository's copies of what it needs. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-consumer-"));
  /** Where the package lies. */
  readonly package = join(this.folder, "node_modules", "slipway");

  constructor() {
    const args = ["run", "--silent", "pack", "--", "--pack-destination", this.folder];
    execFileSync("npm", args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
    const tarball = readdirSync(this.folder).find((name) => name.endsWith(".tgz")) ?? "";
    mkdirSync(this.package, { recursive: true });
    execFileSync("tar", [
      ...["--extract", "--file", join(this.folder, tarball)],
      ...["--directory", this.package, "--strip-components", "1"],
    ]);
    const { dependencies, peerDependencies } = this.manifest();
    const needed = Object.keys({ ...dependencies, ...peerDependencies });
    for (const name of [...needed, "@types/node", "tsx", "typescript"]) {
      const link = join(this.folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), link);
    }
    this.write("package.json", '{ "type": "module" }');
    this.write("evaluate.mjs", EVALUATE);
  }

  manifest(): Record<"dependencies" | "peerDependencies", Record<string, string>> {
    return JSON.parse(readFileSync(join(this.package, "package.json"), "utf8")) as never;
  }

  /** Copies one of our examples, to a folder of its name unless another is given. */
  example(name: string, folder = name): void {
    cpSync(join(ROOT, "examples", name), join(this.folder, folder), { recursive: true });
  }

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs a program of the folder; both streams are in `output`. */
  run(argv: string[], { cwd = "", env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    const [program = "", ...args] = argv;
    const options = { cwd: join(this.folder, cwd), env: { ...process.env, ...env } };
    const { status, stdout, stderr } = spawnSync(program, args, {
      ...options,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    return { status, stdout, output: stdout + stderr };
  }

  /** Evaluates the program in a folder without an engine. @throws Error with what it said. */
  evaluate(cwd: string, config: Record<string, unknown>): Program {
    const text = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const args = [cwd, JSON.stringify(Object.fromEntries(text))];
    const argv = [process.execPath, "--import", "tsx", join(this.folder, "evaluate.mjs"), ...args];
    const { status, stdout, output } = this.run(argv, { cwd });
    if (status !== 0) throw new Error(output);
    return JSON.parse(stdout) as Program;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
