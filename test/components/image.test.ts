import assert from "node:assert/strict";
import { Image, type ImageArgs } from "../../components/image.ts";
import { plain } from "../../tools/lib/program/evaluate.ts";
import { type Described, at, components } from "../support/evaluation.ts";

const revision = { tag: "1a2b3c4", sha: "1a2b3c4".padEnd(40, "0"), dirty: undefined };
const registry = {
  host: "registry.example.com",
  prefix: "team/slipway",
  username: "robot",
  password: "secret",
};

function evaluate(args: Partial<ImageArgs>): Promise<Described> {
  return components(() => {
    const { reference, tagged } = new Image("serving", { context: "serving", revision, ...args });
    return { reference, tagged };
  });
}

describe("Image", () => {
  it("is named after registry, prefix and the commit of its folder", async () => {
    const { outputs } = await evaluate({ registry });
    assert.equal(outputs["tagged"], "registry.example.com/team/slipway/serving:1a2b3c4");
  });

  it("is built with BuildKit from its own folder, and never in a preview", async () => {
    const described = await evaluate({
      registry,
      buildArgs: { NODE_IMAGE: "mirror.example.com/node:20" },
      network: "host",
    });
    assert.deepEqual(build(described), {
      context: "serving",
      dockerfile: "serving/Dockerfile",
      platform: "linux/amd64",
      network: "host",
      builderVersion: "BuilderBuildKit",
      args: {
        NODE_IMAGE: "mirror.example.com/node:20",
        GIT_SHA: revision.sha,
        VERSION: "1a2b3c4",
        BUILDKIT_INLINE_CACHE: "1",
      },
    });
    assert.equal(dockerImage(described).inputs["buildOnPreview"], false);
  });

  it("keeps the registry's password secret", async () => {
    const described = await evaluate({ registry: { ...registry } });
    assert.match(
      JSON.stringify(dockerImage(described).inputs["registry"]),
      /4dabf18193072939515e22adb298388d/,
    );
  });

  it("uses the branch's last image as cache", async () => {
    const described = await evaluate({ registry, head: { branch: "main" } });
    assert.deepEqual(at(build(described), "cacheFrom.images"), [
      "registry.example.com/team/slipway/serving:main",
    ]);
  });

  it("gets the branch and the version as further tags", async () => {
    const described = await evaluate({ registry, head: { branch: "main", version: "1.2.3" } });
    const pushed = described.resources.filter(({ type }) => type.endsWith(":RegistryImage"));
    assert.deepEqual(pushed.map(({ inputs }) => inputs["name"]).sort(), [
      "registry.example.com/team/slipway/serving:1.2.3",
      "registry.example.com/team/slipway/serving:main",
    ]);
    assert.ok(pushed.every(({ inputs }) => inputs["keepRemotely"] === true));
  });

  it("is neither built nor pushed where there is no registry", async () => {
    const described = await evaluate({});
    assert.deepEqual(
      described.resources.map(({ type }) => type),
      ["slipway:platform:Image"],
    );
    assert.equal(described.outputs["reference"], "slipway.local/serving:1a2b3c4");
  });

  it("nests what it builds below itself", async () => {
    const described = await evaluate({ registry });
    assert.deepEqual(dockerImage(described).parents, ["slipway:platform:Image"]);
  });

  describe("for several platforms", () => {
    const repository = "registry.example.com/team/slipway/serving";
    const platforms = ["linux/amd64", "linux/arm/v7"];
    const several = (more: Partial<ImageArgs> = {}) =>
      evaluate({ registry, platforms, head: { branch: "main" }, ...more });

    it("is built once for each, under a name of its own", async () => {
      const { resources } = await several();
      const built = resources.filter(({ type }) => type === "docker:index/image:Image");
      assert.deepEqual(
        built.map(({ name, inputs }) => [
          name,
          inputs["imageName"],
          at(plain(inputs["build"]), "platform"),
        ]),
        [
          ["serving-amd64", `${repository}:1a2b3c4-amd64`, "linux/amd64"],
          ["serving-arm-v7", `${repository}:1a2b3c4-arm-v7`, "linux/arm/v7"],
        ],
      );
    });

    it("is an index of these, pushed under its commit and its branch; no tag is pushed beside", async () => {
      const { resources } = await several();
      const index = resources.find(({ name }) => name === "serving-index");
      const script = String(plain(index?.inputs["create"]));
      for (const tag of ["1a2b3c4", "main"]) {
        const parts = `'${repository}:1a2b3c4-amd64' '${repository}:1a2b3c4-arm-v7'`;
        assert.ok(
          script.includes(`docker manifest create '${repository}:${tag}' ${parts}`),
          script,
        );
        assert.ok(script.includes(`docker manifest push '${repository}:${tag}'`), script);
      }
      assert.ok(!resources.some(({ type }) => type.endsWith(":RegistryImage")));
      assert.ok(!script.includes("secret"), "the password is in the environment alone");
    });

    it("is named by tag as before until it is pushed", async () => {
      const { outputs } = await several();
      assert.equal(outputs["tagged"], `${repository}:1a2b3c4`);
      assert.equal(plain(outputs["reference"]), `${repository}:1a2b3c4`);
    });
  });

  describe("that is pinned", () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    const pin = `registry.example.com/team/slipway/serving:9f8e7d6@${digest}`;

    it("runs by digest under the tag of its commit, and nothing is built", async () => {
      const described = await evaluate({ registry, pin });
      assert.equal(
        plain(described.outputs["reference"]),
        `registry.example.com/team/slipway/serving@${digest}`,
      );
      assert.equal(
        described.outputs["tagged"],
        "registry.example.com/team/slipway/serving:9f8e7d6",
      );
      assert.deepEqual(
        described.resources.filter(({ type }) => type.startsWith("docker:")),
        [],
      );
    });

    it("runs by tag where there is no registry", async () => {
      const described = await evaluate({ pin: "slipway.local/serving:9f8e7d6" });
      assert.equal(plain(described.outputs["reference"]), "slipway.local/serving:9f8e7d6");
    });

    it("is its own pin again", async () => {
      const described = await components(() => {
        const image = new Image("serving", { context: "serving", revision, registry, pin });
        return { pin: image.pin, tag: image.tag, commit: image.commit };
      });
      assert.equal(plain(described.outputs["pin"]), pin);
      assert.equal(described.outputs["tag"], "9f8e7d6");
      assert.equal(described.outputs["commit"], "9f8e7d6");
    });

    it("knows the whole commit where that is the one checked out", async () => {
      const described = await components(() => ({
        commit: new Image("serving", { context: "serving", revision, pin: "a/serving:1a2b3c4" })
          .commit,
      }));
      assert.equal(described.outputs["commit"], revision.sha);
    });
  });
});

function dockerImage(described: Described) {
  return described.resource("docker:index/image:Image", "serving");
}

function build(described: Described) {
  return plain(dockerImage(described).inputs["build"]);
}
