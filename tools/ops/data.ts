/** Command line of `npm run data`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { confirm } from "../lib/confirm.ts";
import { Failure } from "../lib/failure.ts";
import { tell } from "../lib/tell.ts";
import { openPlace, PLACE_OPTIONS, PLACE_USAGE } from "./place.ts";
import { type Difference, differenceText, listTable, showText } from "./snapshot-tables.ts";
import { askStore, chosen, type Snapshot, type Stored, usesOf } from "./snapshots.ts";

const USAGE = `usage: npm run data -- list
       npm run data -- show SNAPSHOT
       npm run data -- diff SNAPSHOT SNAPSHOT
       npm run data -- prune [--keep N] [--days N] [--yes]
  SNAPSHOT           what a training read of a source that changes: the first digits of its hash,
                     or MODEL/VERSION for that of a version
  --keep N           prune: the newest that stay
  --days N           prune: how old one that goes has to be. The snapshot of a version with an alias stays
  --yes              prune: do not ask
  --json             for a program
${PLACE_USAGE}`;

await runCommand(USAGE, async () => {
  const options = {
    ...PLACE_OPTIONS,
    keep: { type: "string" },
    days: { type: "string" },
    yes: { type: "boolean" },
    json: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [what = "", ...named] = positionals;
  const wanted = { list: 0, show: 1, diff: 2, prune: 0 }[what];
  if (wanted === undefined) throw new Failure(`'${what}': list, show, diff or prune\n${USAGE}`, 2);
  if (named.length !== wanted) {
    throw new Failure(`${what} takes ${wanted} snapshot(s), not ${named.length}\n${USAGE}`, 2);
  }
  const limits = { keep: count("keep", values.keep), days: count("days", values.days) };
  if (what === "prune" && limits.keep === undefined && limits.days === undefined) {
    throw new Failure(`prune needs --keep or --days\n${USAGE}`, 2);
  }
  const place = await openPlace(values);
  await place.needAwake();
  await place.withDataEnv(async (env) => {
    const uses = await place.withRegistry(usesOf);
    const stored = await askStore<Stored[]>(["list"], env);
    const hashes = named.map((one) => chosen(one, stored, uses).sha256);
    const show = (found: unknown, text: () => string) => {
      tell(values.json === true ? JSON.stringify(found, null, 2) : text());
    };
    const withUses = <T extends Snapshot>(one: T) => ({ ...one, uses: uses.get(one.sha256) ?? [] });

    if (what === "list") {
      const none = `no snapshot is in ${env["DATA_STORE"] ?? ""} yet: train from a source that changes`;
      show(stored.map(withUses), () => (stored.length > 0 ? listTable(stored, uses) : none));
    } else if (what === "show") {
      const found = await askStore<(Snapshot & { url: string })[]>(["show", ...hashes], env);
      show(found.map(withUses)[0], () =>
        found.map((one) => showText(one, uses.get(one.sha256))).join("\n"),
      );
    } else if (what === "diff") {
      const found = await askStore<Difference>(["diff", ...hashes], env);
      show(found, () => differenceText(found));
    } else {
      const gone = await place.withMlflowEnv(async (mlflow) => {
        const prune = (...more: string[]) =>
          askStore<string[]>(["prune", ...limitWords(limits), ...more], { ...env, ...mlflow });
        const going = await prune("--dry-run");
        if (going.length === 0) return going;
        if (values.yes !== true) {
          const listed = stored.filter(({ sha256 }) => going.includes(sha256));
          process.stderr.write(`${listTable(listed, uses)}\n`);
          await confirm(`Remove ${going.length} of ${stored.length} snapshots for good?`);
        }
        return prune();
      });
      show(gone, () => `${gone.length} of ${stored.length} snapshots removed`);
    }
  });
});

function limitWords({ keep, days }: { keep: number | undefined; days: number | undefined }) {
  return [
    ...(keep === undefined ? [] : ["--keep", String(keep)]),
    ...(days === undefined ? [] : ["--days", String(days)]),
  ];
}

function count(option: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,6}$/.test(text)) return text === undefined ? text : Number(text);
  throw new Failure(`--${option} ${text}: give a whole number`, 2);
}
