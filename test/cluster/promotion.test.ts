import assert from "node:assert/strict";
import { underLoad } from "./support/constant-load.ts";
import { kubectl, objects, readyReplicas, until } from "./support/sandbox.ts";
import { champion, point, register, unregister } from "./support/versions.ts";

const MODEL = "diabetes-model";

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status: { conditions?: { type: string; status: string }[] };
}

/** The API's pods that are to stay, and which of them are ready; one that the autoscaler has just added is not yet. */
async function replicas(): Promise<{ all: Pod[]; ready: Pod[] }> {
  const pods = await objects<Pod>("pods", "-l", `app.kubernetes.io/name=${MODEL}-api`);
  const all = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ready = all.filter(({ status }) =>
    status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  return { all, ready };
}

/** The version that each ready replica of the API serves. */
async function served(): Promise<string[]> {
  const { ready } = await replicas();
  return Promise.all(
    ready.map(async ({ metadata }) => {
      const path = `/api/v1/namespaces/slipway-sandbox/pods/${metadata.name}:8000/proxy/health`;
      const health = JSON.parse(await kubectl("get", "--raw", path)) as {
        model: { version: string };
      };
      return health.model.version;
    }),
  );
}

/**
 * Points the alias at a version and waits until all replicas follow. Ten seconds are promised, and `npm run rollback` is held to
 * them; here it is twice that, as each look at all replicas takes seconds itself on a busy machine.
 */
async function promote(version: string): Promise<void> {
  await point("champion", MODEL, version);
  await until(
    `version ${version} on every replica`,
    async () => (await served()).every((each) => each === version),
    20,
  );
}

/** Waits for replicas that the load of an earlier test has added: they load what the alias named when they began. */
async function settled(version: string): Promise<void> {
  await until(
    `every replica is ready and serves version ${version}`,
    async () => {
      const { all, ready } = await replicas();
      return all.length === ready.length && (await served()).every((each) => each === version);
    },
    180,
  );
}

describe("a new champion", () => {
  it("reaches every replica, and so does the way back; no request fails", async () => {
    await readyReplicas(`${MODEL}-api`, 3);
    const before = await champion(MODEL);
    const version = await register(before, MODEL);
    assert.notEqual(version, before.version);
    assert((await served()).length >= 3);
    const load = await underLoad(async () => {
      await promote(version);
      await promote(before.version);
    });
    assert.deepEqual(load.failures, []);
    assert(load.answered > 0);
    assert.deepEqual(new Set(load.versions), new Set([before.version, version]));
  });

  it("that is not this model at all is refused: the old one serves on, and the log says why", async () => {
    const before = await champion(MODEL);
    await settled(before.version);
    // A slip that happens: the alias of one model on the files of another.
    const version = await register(await champion("iris-model"), MODEL);
    try {
      await point("champion", MODEL, version);
      const load = await underLoad(async () => {
        const selector = `app.kubernetes.io/name=${MODEL}-api`;
        await until("a line in the log about the refused version", async () => {
          const logs = await kubectl("logs", "-l", selector, "--tail=200");
          return logs.includes(`"version":"${version}"`) || logs.includes(`version ${version}`);
        });
      });
      assert.deepEqual(load.failures, []);
      assert.deepEqual(new Set(await served()), new Set([before.version]));
    } finally {
      await promote(before.version);
      await unregister(MODEL, version);
    }
  });
});
