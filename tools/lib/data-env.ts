import path from "node:path";
import process from "node:process";

/**
 * Where training keeps snapshots of sources that change, and finds their accounts: folders of the data folder, unless
 * `DATA_STORE` and `DATA_CREDENTIALS` name others.
 */
export function dataEnv(dataDir: string): Record<"DATA_STORE" | "DATA_CREDENTIALS", string> {
  const { DATA_STORE: store, DATA_CREDENTIALS: credentials } = process.env;
  return {
    DATA_STORE: store ?? path.resolve(dataDir, "data"),
    DATA_CREDENTIALS: credentials ?? path.resolve(dataDir, "credentials"),
  };
}
