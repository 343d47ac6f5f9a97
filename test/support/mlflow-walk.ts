import assert from "node:assert/strict";
import { type Account, type MlflowServer, TimedOut } from "./mlflow-server.ts";

/** `who METHOD /path` of every route, from what each account is answered. */
export async function walk(server: MlflowServer): Promise<string[]> {
  const who = new Map<string, string>();
  for (const route of server.routes()) {
    const [method = "", target = ""] = route.split(" ");
    const may: Account[] = [];
    // What Flask adds to each route by itself is only recorded where it opens something.
    const extra = /^(HEAD|OPTIONS)$/.test(method);
    const accounts = extra ? UNTRUSTED : EVERYONE;
    for (const account of accounts) {
      if (await mayUse(server, account, `${method} ${target.replace(/[<{][^>}]*[>}]/g, "1")}`))
        may.push(account);
    }
    if (extra && (may.length === 0 || may.includes("nobody"))) continue;
    const word = EVERYONE.find((account) => may.includes(account)) ?? "none";
    assert.deepEqual(
      may,
      accounts.slice(accounts.indexOf(word as Account)),
      `${route}: ${may.join(", ")}`,
    );
    who.set(`${method} ${target.replace(/[<{](path:\w+|\w+:path)[>}]/, "<path>")}`, word);
  }
  return [...who]
    .filter(
      ([route, word]) =>
        who.get(route.replace("/ajax-api/", "/api/")) !== word || !route.includes("/ajax-api/"),
    )
    .map(([route, word]) => {
      const twin =
        who.get(route.replace(" /api/", " /ajax-api/")) === word && route.includes(" /api/");
      return `${word} ${twin ? route.replace(" /api/", " /[ajax-]api/") : route}`;
    })
    .sort();
}

const EVERYONE: Account[] = ["nobody", "serving", "training", "admin"];
const UNTRUSTED: Account[] = ["nobody", "serving", "training"];

async function mayUse(server: MlflowServer, account: Account, route: string): Promise<boolean> {
  const body = /^(GET|HEAD|OPTIONS) /.test(route) ? undefined : {};
  try {
    const { status, text } = await server.ask(account, route, body);
    // MLflow's own "Permission denied" is about one run or model: the route is open.
    return (
      status !== 401 && !(status === 403 && !text.startsWith("Permission denied")) && status !== 429
    );
  } catch (error) {
    // Two routes for the page take a minute; who waits there was let in.
    if (account === "admin" && error instanceof TimedOut) return true;
    throw error;
  }
}
