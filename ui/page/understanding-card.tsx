import type { Understanding } from "./package.ts";

/** What the training took the data for: the target, what looks odd, and each column's type with the reason. */
export function UnderstandingCard({ understood }: { understood: Understanding }) {
  const { target, dropped, columns } = understood;
  const odd = columns.flatMap(({ name, notes }) => notes.map((note) => ({ name, note })));
  return (
    <section class="card understanding" aria-labelledby="understanding-heading">
      <h2 id="understanding-heading">What the training understood</h2>
      <ul class="facts">
        {target.map((fact) => (
          <li key={fact}>Target: {fact}</li>
        ))}
        {dropped.length > 0 && <li>Left out: {dropped.join(", ")}</li>}
      </ul>
      {odd.length > 0 && (
        <div class="notice odd">
          <h3>Worth a look</h3>
          <ul class="facts">
            {odd.map(({ name, note }) => (
              <li key={`${name} ${note}`}>
                <strong>{name}</strong>: {note}
              </li>
            ))}
          </ul>
        </div>
      )}
      <details>
        <summary>
          {columns.length === 1 ? "One column" : `${columns.length} columns`}, and what each was
          taken for
        </summary>
        <Columns columns={columns} />
      </details>
    </section>
  );
}

function Columns({ columns }: Pick<Understanding, "columns">) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
            <th scope="col">Reason</th>
            <th scope="col">Missing values</th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ name, type, reason, missing }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{type}</td>
              <td>{reason}</td>
              <td class="count">{missing}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
