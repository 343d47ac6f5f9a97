import { t } from "./language.ts";
import type { Understanding } from "./package.ts";

/** What the training took the data for: the target, what looks odd, and each column's type with the reason. */
export function UnderstandingCard({ understood }: { understood: Understanding }) {
  const { target, dropped, columns } = understood;
  const odd = columns.flatMap(({ name, notes }) => notes.map((note) => ({ name, note })));
  return (
    <section class="card understanding" aria-labelledby="understanding-heading">
      <h2 id="understanding-heading">{t().understood}</h2>
      <ul class="facts">
        {target.map((fact) => (
          <li key={fact}>{t().target(fact)}</li>
        ))}
        {dropped.length > 0 && <li>{t().leftOut(dropped.join(", "))}</li>}
      </ul>
      {odd.length > 0 && (
        <div class="notice odd">
          <h3>{t().worthALook}</h3>
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
        <summary>{t().columnsTaken(columns.length)}</summary>
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
            <th scope="col">{t().column}</th>
            <th scope="col">{t().type}</th>
            <th scope="col">{t().reason}</th>
            <th scope="col">{t().missingValues}</th>
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
