import { z } from "zod";
import { publicKeyProblem } from "../lib/model-keys.ts";
import { count, ruled } from "./values.ts";

/** Who may sign a version of a model: docs/runbooks/model-keys.md. */
export const signing = z.strictObject({
  keys: z
    .array(count(1, 100))
    .min(1, "names no key, and nothing could be signed: write [1]")
    .prefault([1])
    .describe(
      "Numbers of the key pairs whose signatures prediction APIs take; training signs with the last. Absent: [1]; a higher number makes a new pair.",
    ),
  trusted: z
    .array(ruled(publicKeyProblem))
    .prefault([])
    .describe("Further public keys that they take: of an environment that is lost, say."),
  unsigned: z
    .enum(["refuse", "sign"])
    .prefault("refuse")
    .describe(
      "`sign`: trainings sign champion and previous of before, where they carry no signature. Once, after an upgrade; remove the key afterwards.",
    ),
});
