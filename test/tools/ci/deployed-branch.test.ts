import assert from "node:assert/strict";
import { branchIn } from "../../../tools/ci/deployed-branch.ts";

describe("the branch that a stack runs", () => {
  const resource = (type: string, name: string, targetImage: string) => ({
    type,
    urn: `urn:pulumi:prod::slipway::slipway:platform:Image$${type}::${name}`,
    inputs: { targetImage },
  });

  it("is the tag that its images have for it, also behind a registry with a port", () => {
    const resources = [
      resource("docker:index/tag:Tag", "ui-version", "localhost:5000/team/ui:1.2.3"),
      resource("docker:index/tag:Tag", "ui-branch", "localhost:5000/team/ui:develop"),
    ];
    assert.equal(branchIn({ deployment: { resources } }), "develop");
  });

  it("is unknown before the first deployment, and where nothing is pushed", () => {
    assert.equal(branchIn({}), undefined);
    assert.equal(branchIn({ deployment: { resources: [] } }), undefined);
  });
});
