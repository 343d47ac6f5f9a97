import { useEffect, useRef, useState } from "preact/hooks";
import { predictRows } from "../client.ts";
import type { Notation } from "../number.ts";
import type { ModelPackage } from "../package.ts";
import { type CellError, type Columns, columnsOf, notationIn, rowAt } from "./columns.ts";
import { type Asked, type Results, predictAll } from "./run.ts";
import { type TableFile, type Trouble, readTable } from "./table-file.ts";

/** A file that was read, and how it is understood. */
export interface Read {
  file: TableFile;
  columns: Columns;
  notation: Notation;
}

/** Where a file of rows stands. */
export type Stage =
  | { stage: "none" }
  | { stage: "refused"; trouble: Trouble }
  | ({ stage: "read" } & Read)
  | ({ stage: "asking"; done: number } & Read)
  | ({ stage: "answered"; results: Results; stopped: string | null } & Read);

export interface Batch {
  stage: Stage;
  take: (file: File) => void;
  setNotation: (notation: Notation) => void;
  predict: () => void;
  cancel: () => void;
}

/** A file of rows on its way through the model; what was answered before a cancel or a failure is kept. */
export function useBatch(pack: ModelPackage): Batch {
  const [stage, setStage] = useState<Stage>({ stage: "none" });
  const giveUp = useRef(new AbortController());
  useEffect(
    () => () => {
      giveUp.current.abort();
    },
    [],
  );

  async function take(chosen: File): Promise<void> {
    giveUp.current.abort();
    const mine = (giveUp.current = new AbortController());
    const expected = pack.features.flatMap((feature) => [feature.name, feature.title]);
    const file = readTable(chosen.name, new Uint8Array(await chosen.arrayBuffer()), expected);
    // A second file may have been dropped while this one was read.
    if (mine !== giveUp.current) return;
    if ("trouble" in file) {
      setStage({ stage: "refused", ...file });
      return;
    }
    const columns = columnsOf(pack.features, file.header);
    setStage({ stage: "read", file, columns, notation: notationIn(file, columns) });
  }

  async function predict(read: Read): Promise<void> {
    const { file, columns, notation } = read;
    const controller = (giveUp.current = new AbortController());
    const unread: CellError[] = [];
    const asked: Asked[] = [];
    for (let at = 0; at < file.rows.length; at++) {
      const { row, errors } = rowAt(file, columns, notation, at);
      if (errors.length === 0) asked.push({ at, row });
      else unread.push(...errors);
    }
    let latest: Results = { answers: new Map(), errors: [] };
    let stopped: string | null = null;
    setStage({ ...read, stage: "asking", done: 0 });
    try {
      latest = await predictAll(
        asked,
        (rows, signal) => predictRows(pack.name, rows, signal),
        controller.signal,
        (done, results) => {
          latest = results;
          setStage({ ...read, stage: "asking", done });
        },
      );
    } catch (error) {
      stopped = controller.signal.aborted ? "" : (error as Error).message;
      // Another file was taken, or the page left.
      if (controller !== giveUp.current) return;
    }
    const errors = [...unread, ...latest.errors].sort((a, b) => a.row - b.row);
    setStage({ ...read, stage: "answered", results: { ...latest, errors }, stopped });
  }

  return {
    stage,
    take: (file) => void take(file),
    setNotation: (notation) => {
      if ("file" in stage) setStage({ ...stage, stage: "read", notation });
    },
    predict: () => {
      if ("file" in stage) void predict(stage);
    },
    cancel: () => {
      giveUp.current.abort();
    },
  };
}
