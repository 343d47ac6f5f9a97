import { readdirSync } from "node:fs";
import path from "node:path";

import type { FastifyInstance } from "fastify";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

/** A row of a Parquet file, and the file's name in the store. */
export interface Captured {
  readonly object: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** All rows that a store in a folder has, file by file in the order of their names. */
export async function captured(folder: string): Promise<Captured[]> {
  const rows: Captured[] = [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".parquet"))
    .sort();
  for (const object of files) {
    const file = await asyncBufferFromFile(path.join(folder, object));
    for (const values of await parquetReadObjects({ file })) rows.push({ object, values });
  }
  return rows;
}

/** The value of a metric without labels. */
export async function metric(app: FastifyInstance, name: string): Promise<number> {
  const { body } = await app.inject("/metrics");
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(body)?.[1]);
}
