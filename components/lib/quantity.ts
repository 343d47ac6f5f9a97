const FACTORS: Record<string, number> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * The number that a Kubernetes quantity stands for: `500m` is 0.5, `1Gi` is 1073741824.
 *
 * @throws when `text` is not a valid quantity.
 */
export function parseQuantity(text: string): number {
  const [, digits = "", suffix = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = FACTORS[suffix];
  if (digits === "" || factor === undefined)
    throw new Error(`'${text}' is not a valid Kubernetes quantity, such as 500m or 2Gi`);
  return Number(digits) * factor;
}
