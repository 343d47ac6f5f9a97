import type { ComponentChildren } from "preact";

interface WideTableProps {
  /** What a screen reader calls it. */
  label: string;
  /** Of each column. */
  titles: readonly string[];
  rows: readonly TableRow[];
}

/** A line: its heading, and what stands behind it. */
export interface TableRow {
  key: string;
  /** Marked among the others. */
  isChosen?: boolean;
  head: ComponentChildren;
  cells: readonly ComponentChildren[];
}

/** A table that scrolls sideways where it is too wide. */
export function WideTable({ label, titles, rows }: WideTableProps) {
  return (
    // A scroll container must be within reach of the keyboard.
    <div class="wide" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {titles.map((title, at) => (
              <th key={at} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, isChosen, head, cells }) => (
            <tr key={key} class={isChosen ? "chosen" : undefined}>
              <th scope="row">{head}</th>
              {cells.map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
