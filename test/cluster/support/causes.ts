import { NODE_PORTS } from "../../../components/well-known.ts";
import { npm } from "./commands.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { valueOf } from "./firing.ts";
import { mlflow } from "./mlflow.ts";
import { endTraining, startTraining } from "./own-training.ts";
import { PATIENT, kubectl, nodeUrl, predict, rolledOut } from "./sandbox.ts";
import { champion, point, register, unregister } from "./versions.ts";

/** What makes alerts fire, and how it is undone. */
export interface Cause {
  begin: () => Promise<unknown>;
  end?: () => Promise<unknown>;
}

/** Nothing of a workload runs any more. */
export function stopped(workload: string): Cause {
  const scale = (replicas: number) => kubectl("scale", workload, `--replicas=${replicas}`);
  return {
    begin: () => scale(0),
    end: async () => {
      await scale(1);
      await rolledOut(workload);
    },
  };
}

/** What is elsewhere has gone, and stays away: its Service leads nowhere. */
export const goneElsewhere = (name: string): Cause => ({
  begin: () => kubectl("--namespace", ELSEWHERE, "delete", `service/${name}`),
});

/** The gateway forgets what it was told. */
export const gatewayAnew: Cause = {
  begin: async () => {
    await kubectl("rollout", "restart", "deployment/pushgateway");
    await rolledOut("deployment/pushgateway");
  },
};

/** A training by another YAML, which ends as it must; what it told is forgotten. */
export function training(name: string, of: string, yaml: (own: string) => string): Cause {
  return {
    begin: () => startTraining({ name, of, yaml }),
    end: async () => {
      await endTraining(name);
      await gatewayAnew.begin();
    },
  };
}

/** A slip that happens: the alias of one model on the files of another. @param restarts whether its pods start anew then */
export function mixedUp(model: string, other: string, restarts: boolean): Cause {
  let before = "";
  let wrong = "";
  return {
    begin: async () => {
      before = (await champion(model)).version;
      wrong = await register(await champion(other), model);
      await point("previous", model, before);
      await point("champion", model, wrong);
      if (restarts) await kubectl("rollout", "restart", `deployment/${model}-api`);
    },
    end: async () => {
      await point("champion", model, before);
      await mlflow("DELETE", "registered-models/alias", { name: model, alias: "previous" });
      await unregister(model, wrong);
      await rolledOut(`deployment/${model}-api`);
    },
  };
}

/** The same patient, over and over. */
export const oneKindOfPatient: Cause = {
  begin: () => predict(Array.from({ length: 2000 }, () => PATIENT)),
  end: async () => {
    await kubectl("rollout", "restart", "deployment/diabetes-model-api");
    await rolledOut("deployment/diabetes-model-api");
  },
};

/** More rows than the API can answer, without a pause. */
export function tooManyRows(): Cause {
  const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
  const body = JSON.stringify(Array.from({ length: 10_000 }, () => flower));
  const headers = { "content-type": "application/json", connection: "close" };
  let clients: Promise<void>[] = [];
  let over = false;
  const client = async (url: string) => {
    while (!over)
      await fetch(url, { method: "POST", headers, body }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
  };
  return {
    begin: async () => {
      const url = `${await nodeUrl(NODE_PORTS.firstModel + 1)}/predict`;
      clients = Array.from({ length: 100 }, () => client(url));
    },
    end: async () => {
      over = true;
      await Promise.all(clients);
    },
  };
}

/** A database that takes nine tenths of its volume; of tables without a log, so that nothing but the volume notices. */
export function fullDatabase(size: number): Cause {
  const psql = (database: string, ...commands: string[]) => {
    const all = commands.flatMap((command) => ["-c", command]);
    const words = ["psql", "-q", "-U", "postgres", "-d", database, ...all];
    return kubectl("exec", "postgres-0", "-c", "postgres", "--", ...words);
  };
  return {
    begin: async () => {
      const log = await valueOf("max(pg_settings_max_wal_size_bytes)");
      const megabytes = Math.ceil((0.92 * size - log) / 2 ** 20);
      await psql("postgres", "CREATE DATABASE ballast");
      await psql(
        "ballast",
        "CREATE UNLOGGED TABLE ballast (row text)",
        "ALTER TABLE ballast ALTER row SET STORAGE EXTERNAL",
        `INSERT INTO ballast SELECT repeat('x', 1048576) FROM generate_series(1, ${megabytes})`,
      );
    },
    end: () => psql("postgres", "DROP DATABASE IF EXISTS ballast"),
  };
}

/** A file that leaves a tenth of the file system or less; of what the sandbox' volumes lie on, backups share it. */
export const fullFileSystem: Cause = {
  begin: async () => {
    const of = (type: string) => valueOf(`max(SeaweedFS_volumeServer_resource{type="${type}"})`);
    const bytes = Math.ceil((await of("avail")) - 0.09 * (await of("all")));
    const file = "/data/ballast";
    // A disk that is so full already is cause enough.
    if (bytes <= 0) return;
    await kubectl("exec", "object-store-seaweedfs-0", "--", "fallocate", "-l", `${bytes}`, file);
  },
  end: () => kubectl("exec", "object-store-seaweedfs-0", "--", "rm", "-f", "/data/ballast"),
};

/** A backup whose drill finds what `begin` of another cause has broken. */
export const backupThatIsNotProven: Cause = {
  begin: async () => {
    await npm("backup");
    await npm("backup", "--drill").catch(() => undefined);
  },
};
