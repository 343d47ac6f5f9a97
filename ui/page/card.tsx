import type { ComponentChildren } from "preact";

/** A part of a view, by its heading. */
export function Card(props: { id: string; title: string; children: ComponentChildren }) {
  const heading = `${props.id}-heading`;
  return (
    <section class="card" aria-labelledby={heading}>
      <h2 id={heading}>{props.title}</h2>
      {props.children}
    </section>
  );
}
