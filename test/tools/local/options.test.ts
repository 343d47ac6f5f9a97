import assert from "node:assert/strict";
import { parseOptions, USAGE } from "../../../tools/local/options.ts";

describe("the options of npm start", () => {
  it("default to every model, a stay and the folder .slipway", () => {
    assert.deepEqual(parseOptions([]), {
      capture: false,
      once: false,
      models: [],
      dataDir: ".slipway",
      portBase: undefined,
    });
  });

  it("take several models", () => {
    const options = parseOptions(["--once", "--model", "iris", "--model", "my.yaml"]);
    assert.deepEqual(options, {
      capture: false,
      once: true,
      models: ["iris", "my.yaml"],
      dataDir: ".slipway",
      portBase: undefined,
    });
  });

  it("keep predictions only where that is asked for", () => {
    assert.equal((parseOptions(["--capture"]) as { capture: boolean }).capture, true);
  });

  it("ask for help before anything else", () => {
    assert.equal(parseOptions(["--once", "-h"]), "help");
  });

  it("reject a port that no server can have, naming the range", () => {
    assert.throws(() => parseOptions(["--port-base", "80"]), {
      message: "--port-base 80: give a whole number from 1024 to 65000",
      exitCode: 2,
    });
  });

  it("reject an unknown option and show the usage", () => {
    assert.throws(
      () => parseOptions(["--modle", "iris"]),
      (error: Error & { exitCode?: number }) => {
        assert.match(error.message, /--modle/);
        assert.ok(error.message.endsWith(USAGE));
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
  });
});
