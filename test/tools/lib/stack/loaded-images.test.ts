import assert from "node:assert/strict";
import { missingImages, needLoaded } from "../../../../tools/lib/stack/loaded-images.ts";

const here = "slipway.local/ui:1111111";
const gone = "slipway.local/ui:2222222";
const pulled = "registry.example.com/a/ui:2222222";
const node = (...names: string[]) => ({
  status: { images: names.map((name) => ({ names: [name] })) },
});

describe("images that were pushed nowhere", () => {
  it("are missing where no node has them", () => {
    assert.deepEqual(missingImages([here, gone, gone, pulled], [node(), node(here)]), [gone]);
  });

  it("are left to the cluster where its nodes do not tell all", () => {
    const many = Array.from({ length: 50 }, (_, number) => `example.com/${number}:1`);
    assert.deepEqual(missingImages([gone], [node(...many)]), []);
    assert.deepEqual(missingImages([gone], []), []);
  });

  it("are refused with what to do, and asked for only where there are any", async () => {
    const asked: string[][] = [];
    const kubectl = (args: string[]) => {
      asked.push(args);
      return Promise.resolve({ stdout: JSON.stringify({ items: [node(here)] }), failed: false });
    };
    const environment = { kubectl: kubectl as never };
    await needLoaded(environment, [pulled], "");
    assert.deepEqual(asked, []);
    await needLoaded(environment, [here], "");
    await assert.rejects(
      needLoaded(environment, [gone], "take the pin away", 0),
      /^Failure: slipway\.local\/ui:2222222: on no node of this cluster, .*: take the pin away$/,
    );
  });

  it("are waited for, as a kubelet tells of a new one after some time", async () => {
    const answers = [node(), node(here)];
    const kubectl = () =>
      Promise.resolve({ stdout: JSON.stringify({ items: [answers.shift()] }), failed: false });
    await needLoaded({ kubectl: kubectl as never }, [here], "", 20);
    assert.equal(answers.length, 0);
  });
});
