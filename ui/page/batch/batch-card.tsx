import { useState } from "preact/hooks";
import { t } from "../language.ts";
import { counted } from "../number.ts";
import type { ModelPackage } from "../package.ts";
import { BatchResults } from "./results.tsx";
import { MOST_BYTES, MOST_ROWS } from "./table-file.ts";
import { type Batch, type Read, type Stage, useBatch } from "./use-batch.ts";

/** A file of rows through the model: read, looked at, predicted, and taken away with its answers. */
export function BatchCard({ pack }: { pack: ModelPackage }) {
  const batch = useBatch(pack);
  return (
    <section class="card batch" aria-labelledby="batch-heading">
      <details>
        <summary>
          <h2 id="batch-heading">{t().fileOfRows}</h2>
        </summary>
        <p class="small muted">{t().fileHelp(counted(MOST_ROWS))}</p>
        <Chooser take={batch.take} />
        <div aria-live="polite">
          <Stand pack={pack} batch={batch} />
        </div>
      </details>
    </section>
  );
}

function Chooser({ take }: Pick<Batch, "take">) {
  const [over, setOver] = useState(false);
  return (
    <label
      class={`drop${over ? " over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file) take(file);
      }}
    >
      <span>{t().dropFile}</span>
      <input
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        onChange={(event) => {
          const input = event.currentTarget;
          const file = input.files?.[0];
          if (file) take(file);
          // The same file again, once it is mended, is a change too.
          input.value = "";
        }}
      />
    </label>
  );
}

function Stand({ pack, batch }: { pack: ModelPackage; batch: Batch }) {
  const { stage } = batch;
  switch (stage.stage) {
    case "none":
      return null;
    case "refused":
      return <p class="notice bad">{troubleOf(stage)}</p>;
    case "read":
      return <Found read={stage} batch={batch} />;
    case "asking":
      return <Progress done={stage.done} of={stage.file.rows.length} cancel={batch.cancel} />;
    case "answered":
      return (
        <>
          <Found read={stage} batch={batch} />
          <BatchResults pack={pack} {...stage} />
        </>
      );
  }
}

function troubleOf({ trouble }: Extract<Stage, { stage: "refused" }>): string {
  const most = { rows: counted(MOST_ROWS), mebibytes: counted(MOST_BYTES / 2 ** 20) };
  return t().fileTrouble[trouble](most.rows, most.mebibytes);
}

/** How the file was understood, and what has to be said of its columns. */
function Found({ read, batch }: { read: Read; batch: Batch }) {
  const { file, columns, notation } = read;
  const rows = counted(file.rows.length);
  const titles = (features: readonly { name: string }[]) =>
    features.map(({ name }) => name).join(", ");
  const isUsable = columns.lacking.length === 0 && columns.twice.length === 0;
  return (
    <div class="found">
      <p>
        <strong>{file.name}</strong>:{" "}
        {t().readAsTable(rows, file.encoding.toUpperCase(), t().delimiters(file.delimiter))}
      </p>
      {columns.lacking.length > 0 && (
        <p class="notice bad">
          {t().lackingColumns(titles(columns.lacking), file.header.join(", "))}
        </p>
      )}
      {columns.twice.length > 0 && (
        <p class="notice bad">{t().twoColumns(columns.twice.join(", "))}</p>
      )}
      {isUsable && columns.absent.length > 0 && (
        <p class="notice fair">{t().absentColumns(titles(columns.absent))}</p>
      )}
      {isUsable && (
        <div class="ask">
          <label class="small">
            {t().decimals}{" "}
            <select
              value={notation.decimal}
              onChange={(event) => {
                batch.setNotation({ decimal: event.currentTarget.value === "," ? "," : "." });
              }}
            >
              <option value=".">{t().decimalPoint}</option>
              <option value=",">{t().decimalComma}</option>
            </select>
          </label>
          <button class="primary" type="button" onClick={batch.predict}>
            {t().predictRows(rows)}
          </button>
        </div>
      )}
    </div>
  );
}

function Progress({ done, of, cancel }: { done: number; of: number; cancel: () => void }) {
  return (
    <div class="found">
      <p>{t().rowsDone(counted(done), counted(of))}</p>
      <progress value={done} max={of} aria-label={t().fileOfRows} />
      <button type="button" onClick={cancel}>
        {t().cancel}
      </button>
    </div>
  );
}
