import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { validateConfig } from "../../components/config/validate.ts";
import { builtImages } from "../../components/platform-images.ts";
import { MODELS, REGISTRY } from "../support/config.ts";

describe("the platform's images", () => {
  it("are refused outside git with the remedy, and no trace", () => {
    const { config } = validateConfig({ registry: REGISTRY, models: MODELS }, "dev");
    assert.ok(config);
    const nowhere = mkdtempSync(join(tmpdir(), "slipway-nowhere-"));
    try {
      assert.throws(
        () => builtImages(config, nowhere, undefined as never),
        (error) =>
          pulumi.RunError.isInstance(error) &&
          /is not a git checkout, .*: clone the repository/.test(error.message),
      );
    } finally {
      rmSync(nowhere, { recursive: true });
    }
  });
});
