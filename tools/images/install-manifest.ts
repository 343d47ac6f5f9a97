/** Where the files lie, below the workspace. */
export const INSTALL_FOLDER = "install";

/** Workspaces that become images, with the development dependencies that building them needs. */
export const WORKSPACES: Record<string, string[]> = {
  serving: ["typescript"],
  ui: ["typescript", "esbuild", "preact", "papaparse"],
};

/** The part of a package.json that decides what is installed. */
export interface Manifest {
  name: string;
  version: string;
  private: boolean;
  type: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, unknown>;
}

/** npm's lock file, version 3: packages by the path they are installed at; "" is the project itself. */
export interface Lock {
  packages: Record<string, LockedPackage>;
  [field: string]: unknown;
}

interface LockedPackage {
  version?: string;
  integrity?: string;
  link?: boolean;
}

/** What an image installs: the workspace's dependencies, and of the development ones only those it is built with. */
export function installManifest(
  root: Manifest,
  workspace: Manifest,
  buildTools: string[],
): Manifest {
  const known = { ...root.devDependencies, ...workspace.devDependencies };
  const devDependencies = Object.fromEntries(
    buildTools.map((name) => {
      const version = known[name];
      if (version === undefined) {
        throw new Error(
          `'${name}', which builds ${workspace.name}, is in no devDependencies: add it`,
        );
      }
      return [name, version];
    }),
  );
  const { name, version, type, dependencies = {} } = workspace;
  const { overrides = {} } = root;
  return { name, version, private: true, type, dependencies, devDependencies, overrides };
}

/** The workspace root's lock file as if `manifest` were the project: the workspace's own packages move to the top. */
export function seedLock(lock: Lock, workspace: string, manifest: Manifest): Lock {
  const { name, version } = manifest;
  const prefix = `${workspace}/`;
  const top: Lock["packages"] = {};
  const own: Lock["packages"] = {};
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path.startsWith(prefix)) own[path.slice(prefix.length)] = entry;
    else if (path.startsWith("node_modules/") && entry.link !== true) top[path] = entry;
  }
  return { ...lock, name, version, packages: { "": { ...manifest }, ...top, ...own } };
}

/** Packages of an image's lock file that the workspace root's does not have in the same version and content. */
export function strayPackages(root: Lock, image: Lock): string[] {
  const known = new Set(Object.values(root.packages).map(({ integrity }) => integrity));
  return Object.entries(image.packages)
    .filter(([path, { integrity }]) => path !== "" && !known.has(integrity))
    .map(([path, { version }]) => `${path}@${version ?? "?"}`);
}
