import type { DataRecord } from "../../../components/lib/held-data.ts";
import { type Evaluation, plain } from "../program/evaluate.ts";

/** What a stack's objects hold, as the program notes it for the next `up` to compare with. */
export function heldDataIn({ resources }: Evaluation): DataRecord {
  const record = resources.find(({ type }) => type === "pulumi:index:Stash");
  return plain(record?.inputs["input"] ?? {}) as DataRecord;
}
