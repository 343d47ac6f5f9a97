import { useMemo } from "preact/hooks";
import { t } from "../language.ts";
import { counted } from "../number.ts";
import type { ModelPackage } from "../package.ts";
import { Bars } from "../probability.tsx";
import { addedColumns, answeredFile, spreadOf } from "./answered.ts";
import type { CellError } from "./columns.ts";
import type { Results } from "./run.ts";
import type { TableFile } from "./table-file.ts";
import type { Read } from "./use-batch.ts";

/** Rows, and errors, that are shown; the download has all. */
const [SHOWN_ROWS, SHOWN_ERRORS] = [50, 20];

interface BatchResultsProps extends Read {
  pack: ModelPackage;
  results: Results;
  /** Why it ended early: empty by a person, null where it did not. */
  stopped: string | null;
}

/** What the model said of a file: how the answers are spread, what could not be asked, the rows, and all of it to take away. */
export function BatchResults({ pack, file, notation, results, stopped }: BatchResultsProps) {
  const { answers, errors } = results;
  const columns = useMemo(() => addedColumns(pack, file), [pack, file]);
  const versions = [...new Set([...answers.values()].map(({ model }) => model.version))];
  return (
    <div class="found">
      {stopped !== null && (
        <p class="notice bad">{t().stoppedEarly(stopped, counted(answers.size))}</p>
      )}
      <p>
        <strong>{t().rowsAnswered(counted(answers.size), versions.join(", "))}</strong>
      </p>
      <Spread pack={pack} results={results} />
      <Errors errors={errors} file={file} />
      {answers.size > 0 && (
        <button
          type="button"
          onClick={() => {
            download(nameOf(file.name), answeredFile(file, columns, results, notation));
          }}
        >
          {t().download}
        </button>
      )}
      <Rows file={file} columns={columns} results={results} notation={notation} />
    </div>
  );
}

function Spread({ pack, results }: { pack: ModelPackage; results: Results }) {
  const bars = useMemo(() => spreadOf(pack, results), [pack, results]);
  const most = Math.max(1, ...bars.map(({ count }) => count));
  if (bars.length === 0) return null;
  return (
    <Bars
      bars={bars.map(({ label, count }) => ({ label, share: count / most, shown: counted(count) }))}
    />
  );
}

function Errors({ errors, file }: { errors: readonly CellError[]; file: TableFile }) {
  if (errors.length === 0) return null;
  const rows = new Set(errors.map(({ row }) => row)).size;
  return (
    <div class="notice fair">
      <p>{t().rowsRefused(counted(rows))}</p>
      <ul class="facts small">
        {errors.slice(0, SHOWN_ERRORS).map(({ row, column, problem }) => (
          <li key={`${row} ${column}`}>
            {t().inRow(counted(file.places[row] ?? 0), column ?? "", problem)}
          </li>
        ))}
      </ul>
      {errors.length > SHOWN_ERRORS && (
        <p class="small">{t().moreErrors(counted(errors.length - SHOWN_ERRORS))}</p>
      )}
    </div>
  );
}

type RowsProps = Pick<BatchResultsProps, "file" | "results" | "notation"> & {
  columns: ReturnType<typeof addedColumns>;
};

function Rows({ file, columns, results: { answers }, notation }: RowsProps) {
  const shown = file.rows.slice(0, SHOWN_ROWS);
  return (
    <div class="wide" role="group" aria-label={t().firstRows(counted(shown.length))} tabIndex={0}>
      <table>
        <caption class="small muted">{t().firstRows(counted(shown.length))}</caption>
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name} scope="col" class="added">
                {name}
              </th>
            ))}
            {file.header.map((name, at) => (
              <th key={`${at} ${name}`} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((cells, at) => (
            <tr key={at}>
              {columns.map(({ name, cell }) => (
                <td key={name} class="added">
                  {cell(answers.get(at), notation)}
                </td>
              ))}
              {file.header.map((name, column) => (
                <td key={`${column} ${name}`}>{cells[column]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nameOf(file: string): string {
  return `${file.replace(/\.\w+$/, "")}-predicted.csv`;
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
