import { verifies } from "../../lib/pem.ts";
import { rule } from "./rule.ts";

/** A server's certificate is asked for, and judged by something. */
export const databaseRules = [
  rule(["database"], ({ database }) => {
    if (database.kind !== "external") return [];
    const { ca, sslMode } = database;
    if (verifies(sslMode) === (ca !== undefined)) return [];
    const message =
      ca === undefined
        ? `is missing: with sslMode ${sslMode} the server's certificate is judged by those of its authority, in PEM; providers offer them for download`
        : `would not be looked at with sslMode ${sslMode}: write verify-full, or remove it`;
    return [{ path: "database.ca", message }];
  }),
];
