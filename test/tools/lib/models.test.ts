import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MODEL_NAME_LENGTH, MODEL_NAME_RULE } from "../../../components/well-known.ts";
import { findModels } from "../../../tools/lib/models.ts";

describe("the models of npm start", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-models-"));
    writeFileSync(path.join(folder, "b.yaml"), "name: b-model\n");
    writeFileSync(path.join(folder, "a.yaml"), "name: a-model\n");
  });

  it("are all of the folder, by file name", () => {
    const names = findModels(folder, []).map(({ name }) => name);
    assert.deepEqual(names, ["a-model", "b-model"]);
  });

  it("are found by stem, by registered name and by path", () => {
    const file = path.join(folder, "b.yaml");
    for (const asked of ["b", "b-model", file]) {
      assert.deepEqual(findModels(folder, [asked]), [{ name: "b-model", file }]);
    }
  });

  it("count once when asked for twice", () => {
    assert.equal(findModels(folder, ["a", "a-model"]).length, 1);
  });

  it("name what there is when asked for something else", () => {
    assert.throws(() => findModels(folder, ["c"]), {
      message: `--model c: no such model in ${folder}; choose from a, b, or give the path of a YAML`,
      exitCode: 2,
    });
  });

  it("name the file that is not there", () => {
    assert.throws(() => findModels(folder, ["./c.yaml"]), {
      message: "--model ./c.yaml: there is no such file",
      exitCode: 2,
    });
  });

  it("need a name", () => {
    const file = path.join(folder, "c.yaml");
    writeFileSync(file, "title: no name\n");
    assert.throws(() => findModels(folder, []), {
      message: `${file}: 'name' is missing; give the registered name, e.g. name: my-model`,
      exitCode: 2,
    });
  });

  for (const name of ["My Model", "../../elsewhere", "Ünder", "a".repeat(MODEL_NAME_LENGTH + 1)]) {
    it(`may not be called '${name.slice(0, 20)}'`, () => {
      const file = path.join(folder, "c.yaml");
      writeFileSync(file, `name: ${name}\n`);
      assert.throws(() => findModels(folder, ["c"]), {
        message: `${file}: 'name' (${name}): use ${MODEL_NAME_RULE}, e.g. my-model`,
        exitCode: 2,
      });
    });
  }

  it("need valid YAML", () => {
    const file = path.join(folder, "c.yaml");
    writeFileSync(file, "name: [\n");
    assert.throws(() => findModels(folder, ["c"]), /c\.yaml: not valid YAML/);
  });

  it("need names of their own", () => {
    writeFileSync(path.join(folder, "c.yaml"), "name: a-model\n");
    assert.throws(
      () => findModels(folder, []),
      /'name: a-model' stands in .*a\.yaml and in .*c\.yaml/,
    );
  });
});
