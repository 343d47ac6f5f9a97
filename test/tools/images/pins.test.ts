import assert from "node:assert/strict";
import { imageProblem } from "../../../components/lib/image-names.ts";
import { pinsOf } from "../../../tools/images/pins.ts";

const [OLD, NEW] = [`sha256:${"ab".repeat(32)}`, `sha256:${"cd".repeat(32)}`];

describe("npm run pin:images", () => {
  const asked: string[] = [];
  const pins = () =>
    pinsOf(
      {
        postgres: "docker.io/library/postgres:18.6-bookworm",
        grafana: `docker.io/grafana/grafana:13.2.3@${OLD}`,
        restic: `docker.io/restic/restic:0.18.1@${NEW}`,
        prometheus: `mirror.example.com:5000/prom@${OLD}`,
      },
      (image) => {
        asked.push(image);
        return Promise.resolve(NEW);
      },
    );

  it("writes a digest behind each tag that has none or another one, and leaves the rest", async () => {
    const { changed } = await pins();
    assert.deepEqual(changed, {
      postgres: `docker.io/library/postgres:18.6-bookworm@${NEW}`,
      grafana: `docker.io/grafana/grafana:13.2.3@${NEW}`,
    });
    for (const image of Object.values(changed)) assert.equal(imageProblem(image), undefined);
    assert.ok(!asked.some((image) => image.includes("@")));
  });

  it("says of each what it is, and that a tag has moved", async () => {
    const { lines } = await pins();
    assert.deepEqual(lines, [
      `postgres: docker.io/library/postgres:18.6-bookworm is ${NEW}`,
      `grafana: docker.io/grafana/grafana:13.2.3 is ${NEW}, no longer ${OLD}`,
      `restic: docker.io/restic/restic:0.18.1 is ${NEW} still`,
      `prometheus: mirror.example.com:5000/prom@${OLD} has no tag to ask for, and stays`,
    ]);
  });
});
