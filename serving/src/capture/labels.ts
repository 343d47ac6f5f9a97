/** What somebody says the right answer to an earlier prediction was. */
export interface Label {
  readonly requestId: string;
  /** Place of the row in its request, from 0. */
  readonly row: number;
  /** A class's label as predictions are answered with it, `true` or `false`, or a number; as text. */
  readonly label: string;
  /** When it was known; Unix time in milliseconds. */
  readonly time: number;
  /** When it came; Unix time in milliseconds. */
  readonly received: number;
}
