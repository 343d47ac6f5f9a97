import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { findProgram } from "../support/go-programs.ts";
import { FOLDERS, ImageWorkspace } from "../support/image-workspace.ts";
import { longSuite } from "../support/long.ts";
import { prerequisites } from "../support/prerequisites.ts";
import { missingForImages } from "../support/registry.ts";

const NAMES = Object.keys(FOLDERS) as (keyof typeof FOLDERS)[];

longSuite("images of two platforms that are signed before another stack runs them", function () {
  this.timeout(600_000);
  const {
    cli,
    programs,
    reason: lacking,
  } = prerequisites([...["kubernetes", "random", "docker", "command"]]);
  const cosign = findProgram("cosign");
  const reason = lacking || (missingForImages() ?? ("missing" in cosign ? cosign.missing : ""));
  const saved = { ...process.env };
  let images: ImageWorkspace | undefined;

  before(async function () {
    if ("missing" in cli || "missing" in cosign || programs === undefined || reason !== "") {
      process.stderr.write(`skipped: ${reason}\n`);
      this.skip();
      return;
    }
    process.env["PATH"] = [dirname(cosign.file), saved["PATH"]].join(delimiter);
    process.env["COSIGN_PASSWORD"] = "correct";
    const common = {
      platforms: ["linux/amd64", "linux/arm64"],
      // Beside the stack file, as a person writes it.
      signedBy: { key: "cosign.pub" },
    };
    const endpoint = { "slipway:endpoint": { kind: "none" } };
    const build = { ...common, sign: "env://COSIGN_PRIVATE_KEY" };
    images = await ImageWorkspace.start(
      cli.pulumi,
      programs,
      {
        staging: { ...endpoint, "slipway:build": build },
        live: { ...endpoint, "slipway:build": { ...common, promote: true } },
      },
      true,
    );
    const { root } = images.workspace;
    execFileSync(cosign.file, ["generate-key-pair"], { cwd: root, stdio: "ignore" });
    images.workspace.commit("who signs");
  });

  after(async () => {
    process.env = saved;
    await images?.stop();
  });

  /** The same, where a test runs at all. */
  const world = () => {
    assert.ok(images);
    return images;
  };

  async function sign(): Promise<string> {
    const { workspace, world: registry } = world();
    const { root } = workspace;
    const env = {
      ...registry.environment,
      COSIGN_PRIVATE_KEY: readFileSync(join(root, "cosign.key"), "utf8"),
      PULUMI_BACKEND_URL: `file://${join(root, ".slipway", "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    const args = ["--import", "tsx", "tools/images/sign.ts", "--stack", "staging"];
    return (await execa("node", args, { cwd: root, env, all: true })).all;
  }

  it("are indexes of both, under their commit and their branch, and pods run them by digest", async () => {
    const { workspace, world: registry } = world();
    workspace.change("up", "staging");
    for (const name of NAMES) {
      for (const tag of [world().revision(FOLDERS[name]).slice(0, 7), "feature-page"]) {
        const platforms = await registry.platforms(`my-team/slipway/${name}`, tag);
        assert.deepEqual(platforms.sort(), ["linux/amd64", "linux/arm64"], name);
        assert.equal(await world().digest(name, tag), await world().digest(name), name);
      }
    }
    assert.deepEqual(world().running("staging"), await world().pushed());
    assert.deepEqual(Object.keys(workspace.preview("staging")), ["same"]);
  });

  it("are refused, in a preview too, until they are signed", async () => {
    const { failed, all } = await world().workspace.attempt("live");
    assert.ok(failed);
    assert.match(
      all,
      /no good signature by the key cosign\.pub was found.*npm run sign -- --stack/s,
    );
    assert.throws(() => world().workspace.preview("live"));
  });

  it("are signed with what they are made of, once", async () => {
    const said = await sign();
    for (const name of NAMES) assert.match(said, new RegExp(`^${name}: .* is signed`, "m"));
    assert.match(said, /^ui: .* is signed, with what it is made of$/m);
    const again = await sign();
    for (const name of NAMES)
      assert.match(again, new RegExp(`^${name}: .* is signed already`, "m"));
  });

  it("run from then on, and get the version of a tagged commit", async () => {
    const { workspace } = world();
    workspace.git("tag", "v1.2.3");
    workspace.change("up", "live");
    assert.deepEqual(world().running("live"), await world().pushed());
    assert.equal(await world().digest("ui", "1.2.3"), await world().digest("ui"));
    assert.deepEqual(Object.keys(workspace.preview("live")), ["same"]);
    const state = workspace.run("stack", "export", "-s", "live");
    assert.ok(!state.includes(world().world.password));
  });

  it("are refused again where somebody has put another image in the place of one, which nobody signs by mistake", async () => {
    const { workspace, world: registry } = world();
    const tag = world().revision("ui").slice(0, 7);
    const other = await registry.push("my-team/slipway/ui", tag, "another");
    assert.match(await sign(), /^ui: .* is signed already$/m);
    const { failed, all } = await workspace.attempt("live");
    assert.ok(failed);
    assert.match(all, new RegExp(`ui@${other}, which is to run as ${tag}: no good signature`));
    assert.ok(
      !world()
        .running("live")
        .some((image) => image.endsWith(other)),
    );
  });
});
