import type { Answers } from "./answers.ts";
import { t } from "./language.ts";
import { inShort } from "./number.ts";
import { densities, type Variant } from "./variants.ts";

/** Units of the drawing, which is as wide as its card. */
const [WIDTH, HEIGHT] = [600, 200];

interface ChartProps {
  answers: Answers;
  /** Puts a value into the form. */
  choose: (value: Variant["value"]) => void;
}

/** The answer over a number: a line, the training's values behind it, hatched where training saw nothing. */
export function Curve({ answers, choose }: ChartProps) {
  const { feature, own, threshold, scale, shown } = answers;
  const points = answers.points.map(({ value, answer }) => ({ value: Number(value), answer }));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first.value === last.value) return null;
  const x = (value: number) => ((value - first.value) / (last.value - first.value)) * WIDTH;
  const y = (answer: number) => HEIGHT - ((answer - scale[0]) / (scale[1] - scale[0])) * HEIGHT;
  const { min, max } = feature.observed ?? { min: first.value, max: last.value };
  const here = points.find(({ value }) => value === own);
  return (
    <figure>
      <Caption answers={answers} first={first} last={last} here={here} />
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = ((event.clientX - box.left) / box.width) * WIDTH;
          const distance = (value: number) => Math.abs(x(value) - at);
          const near = points.toSorted((one, two) => distance(one.value) - distance(two.value))[0];
          if (near) choose(Number(near.value.toPrecision(6)));
        }}
      >
        <defs>
          <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse">
            <path d="M0 8 L8 0" class="hatch" />
          </pattern>
        </defs>
        {densities(feature).map(({ from, to, height }) => (
          <rect
            key={from}
            class="seen"
            x={x(from)}
            width={Math.max(x(to) - x(from), 2)}
            y={HEIGHT * (1 - height)}
            height={HEIGHT * height}
          />
        ))}
        {x(min) > 0 && <rect class="beyond" width={x(min)} height={HEIGHT} />}
        {x(max) < WIDTH && (
          <rect class="beyond" x={x(max)} width={WIDTH - x(max)} height={HEIGHT} />
        )}
        {threshold !== undefined && (
          <path
            class="limit"
            d={`M0 ${y(threshold)} H${WIDTH}`}
            vector-effect="non-scaling-stroke"
          />
        )}
        {lines(points).map((line) => (
          <path
            key={line[0]?.value}
            class="line"
            vector-effect="non-scaling-stroke"
            d={`M${line.map(({ value, answer }) => `${x(value)} ${y(answer ?? 0)}`).join(" L")}`}
          />
        ))}
        {here && (
          <path
            class="own"
            d={`M${x(here.value)} 0 V${HEIGHT}`}
            vector-effect="non-scaling-stroke"
          />
        )}
      </svg>
      <p class="ends small muted" aria-hidden="true">
        <span>{inShort(first.value)}</span>
        <span>
          {shown(scale[0])} – {shown(scale[1])}
        </span>
        <span>{inShort(last.value)}</span>
      </p>
    </figure>
  );
}

type Point = Answers["points"][number];

/** Where the model has no answer, the line is broken. */
function lines<P extends Point>(points: readonly P[]): P[][] {
  const found: P[][] = [[]];
  for (const point of points) {
    if (point.answer === null) found.push([]);
    else found.at(-1)?.push(point);
  }
  return found.filter((line) => line.length > 1);
}

function Caption(props: { answers: Answers; first: Point; last: Point; here: Point | undefined }) {
  const { answers, first, last, here } = props;
  const { feature, shown, title } = answers;
  const value = (point: Point) => inShort(Number(point.value), feature.unit);
  const ends = [value(first), shown(first.answer), value(last), shown(last.answer)] as const;
  return (
    <figcaption class="small">
      {title}: {t().fromToAnswers(feature.title, ...ends)}
      {here && `; ${t().hereItIs(value(here), shown(here.answer))}`}
    </figcaption>
  );
}

/** The answer to each category. */
export function CategoryBars({ answers, choose }: ChartProps) {
  const { points, own, scale, shown, title } = answers;
  const share = (answer: number) => ((answer - scale[0]) / (scale[1] - scale[0])) * 100;
  return (
    <figure>
      <figcaption class="small">{title}</figcaption>
      <div class="choices">
        {points.map(({ value, answer }) => (
          <button
            key={String(value)}
            type="button"
            aria-pressed={value === own}
            onClick={() => {
              choose(value);
            }}
          >
            <span>{String(value)}</span>
            <span class="bar" aria-hidden="true">
              <span class="fill" style={{ width: `${answer === null ? 0 : share(answer)}%` }} />
            </span>
            <span>{shown(answer)}</span>
          </button>
        ))}
      </div>
    </figure>
  );
}
