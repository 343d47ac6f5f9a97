import assert from "node:assert/strict";
import { NODE_PORTS } from "../../../components/well-known.ts";
import { kubectl } from "./sandbox.ts";

/** Calls MLflow's REST API through its node port, as its administrator; fails on anything but a 200. */
export async function mlflow<T = unknown>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`http://localhost:${NODE_PORTS.mlflow}/api/2.0/mlflow/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${await password()}`).toString("base64")}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, `${method} ${path}: ${text}`);
  return JSON.parse(text) as T;
}

/** The administrator's password; a recreated sandbox has another. */
export async function password(): Promise<string> {
  const path = "jsonpath={.data.password}";
  return Buffer.from(await kubectl("get", "secret/mlflow-admin", "-o", path), "base64").toString();
}

/** Every run and registered version, as Postgres has them. */
export async function storedRows(): Promise<string[]> {
  const query =
    "SELECT run_uuid FROM runs UNION ALL SELECT name || ' ' || version FROM model_versions ORDER BY 1";
  const psql = ["psql", "-U", "postgres", "-d", "mlflow", "-At", "-c", query];
  const rows = await kubectl("exec", "statefulset/postgres", "-c", "postgres", "--", ...psql);
  return rows.split("\n").filter(Boolean);
}
