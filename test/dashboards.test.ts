import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DATA_SOURCE } from "../components/well-known.ts";
import { dashboardFiles } from "../components/lib/dashboards.ts";
import { DASHBOARDS } from "../dashboards/all.ts";
import { ROOT } from "../tools/lib/paths.ts";

/** Of Grafana's JSON, what the tests look at. */
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string }[];
}

const folder = join(ROOT, "components", "files");
const models = Object.entries(dashboardFiles()).map(
  ([file, text]) => [file, JSON.parse(text) as { panels: Panel[] }] as const,
);

describe("dashboards", () => {
  it("are as their descriptions say (else run `npm run dashboards`)", () => {
    const written = readdirSync(folder).filter((file) => file.startsWith("dashboard-"));
    assert.deepEqual(written.sort(), Object.keys(DASHBOARDS).sort());
    for (const [file, text] of Object.entries(DASHBOARDS))
      assert.equal(readFileSync(join(folder, file), "utf8"), text, file);
    assert.equal(Object.keys(DASHBOARDS).length, models.length);
  });

  for (const [file, { panels }] of models) {
    it(`${file} has no panels on top of each other, and none without a number of its own`, () => {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of panels) {
        assert.ok(gridPos.x + gridPos.w <= 24, title);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            const other = taken.get(`${x} ${y}`);
            assert.equal(other, undefined, `${title} covers ${other ?? ""}`);
            taken.set(`${x} ${y}`, title);
          }
      }
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    });

    it(`${file} asks our Prometheus, says what each panel means, and letters its queries apart`, () => {
      for (const panel of panels) {
        if (panel.type === "row") continue;
        const { title, description, datasource, targets = [] } = panel;
        assert.ok(description, title);
        assert.equal(datasource?.uid, DATA_SOURCE, title);
        assert.ok(targets.length > 0, title);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
      }
    });
  }
});
