import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BASE, type EditedStack, describeStack } from "../../support/edited-stack.ts";
import { PLUGINS, pinnedVersion, pluginName } from "../../support/workspace.ts";

/** What the component around everything is called, as a part of an URN and by itself. */
const SLIPWAY = "slipway:platform/slipway:Slipway";

describeStack("a stack of an earlier Slipway", (stack) => {
  it("keeps its node ports' Services, which were named by their models", () => {
    const earlier = {
      "node-port-30800": "diabetes-model-api",
      "node-port-30801": "iris-model-api",
    };
    rewrite(stack, (text) => {
      let state = text;
      for (const [port, service] of Object.entries(earlier)) {
        assert.ok(state.includes(`::${port}"`), port);
        // Logical name, then the object's name.
        state = state.replaceAll(`::${port}"`, `::${service.replace("-api", "-endpoint")}"`);
        state = state.replaceAll(port, `${service}-endpoint`);
      }
      return state;
    });
    // A second object with the port would be refused already by the preview.
    assert.deepEqual(stack.up(BASE), []);
  });

  describe("that had no component around everything", () => {
    before(() => {
      rewrite(stack, withoutComponent);
    });

    it("is kept from an edit that loses data, as its record is found again", () => {
      const edit = { ...BASE, "slipway:database": { kind: "bundled", storageClass: "fast" } };
      assert.throws(() => stack.preview(edit), { message: /postgres-data .* would be replaced/ });
    });

    it("is found again as a whole: the component is made, and nothing else is touched", () => {
      assert.deepEqual(stack.up(BASE), ["create Slipway slipway"]);
      assert.deepEqual(stack.up(BASE), []);
    });
  });
});

/** The provider that package.json pins, and one before it. */
const PROVIDER = { version: pinnedVersion("kubernetes"), earlier: "4.0.0" };
const home = mkdtempSync(join(tmpdir(), "slipway-pulumi-home-"));

describeStack(
  "a stack of an earlier SDK",
  (stack) => {
    after(() => {
      rmSync(home, { recursive: true });
    });

    it("moves to the present provider, and none of its objects is touched", () => {
      const [now, before] = [PROVIDER.version, PROVIDER.earlier];
      rewrite(stack, (text) => {
        assert.ok(text.includes(`default_${now.replaceAll(".", "_")}`));
        return text.replaceAll(now, before).replaceAll(...underscored(now, before));
      });
      const touched = stack.up(BASE);
      assert.deepEqual(
        touched.filter((line) => !line.includes(" kubernetes default_")),
        [],
      );
      assert.deepEqual(stack.up(BASE), []);
    });
  },
  (stack) => {
    earlierPlugin();
    stack.up(BASE);
  },
  { PULUMI_HOME: home },
);

/** The present plugins, and the Kubernetes provider under an earlier version's name too. */
function earlierPlugin(): void {
  const link = (name: string, as = name) => {
    // A folder that is itself a link is no plugin to Pulumi.
    mkdirSync(join(home, "plugins", as), { recursive: true });
    for (const file of readdirSync(join(PLUGINS, name)))
      symlinkSync(join(PLUGINS, name, file), join(home, "plugins", as, file));
  };
  for (const { name } of readdirSync(PLUGINS, { withFileTypes: true }).filter((e) =>
    e.isDirectory(),
  ))
    link(name);
  const [now, before] = [PROVIDER.version, PROVIDER.earlier];
  link(pluginName("kubernetes", now), pluginName("kubernetes", before));
}

function underscored(now: string, before: string): [string, string] {
  return [now.replaceAll(".", "_"), before.replaceAll(".", "_")];
}

function rewrite(stack: EditedStack, change: (state: string) => string): void {
  const file = join(stack.workspace.root, ".slipway", "earlier.json");
  stack.workspace.run("stack", "export", "-s", stack.name, "--show-secrets", "--file", file);
  writeFileSync(file, change(readFileSync(file, "utf8")));
  stack.workspace.run("stack", "import", "-s", stack.name, "--file", file);
}

interface State {
  deployment: { resources: { urn: string; type: string; parent?: string }[] };
}

/** The state as it was when each part lay below the stack itself. */
function withoutComponent(text: string): string {
  const state = JSON.parse(text) as State;
  const { resources } = state.deployment;
  const component = resources.find(({ type }) => type === SLIPWAY);
  assert.ok(component?.parent);
  const others = resources.filter((one) => one !== component);
  const below = others.filter(({ parent }) => parent === component.urn);
  assert.ok(below.length > 10, String(below.length));
  for (const one of below) one.parent = component.parent;
  const earlier = { ...state, deployment: { ...state.deployment, resources: others } };
  const rewritten = JSON.stringify(earlier).replaceAll(`${SLIPWAY}$`, "");
  assert.ok(!rewritten.includes(SLIPWAY));
  return rewritten;
}
