import type { Chunk } from "./chunk.ts";
import type { Label } from "./labels.ts";
import type { StoreAddress } from "./settings.ts";

/** What the writing thread is started with. */
export interface WriterSettings {
  readonly store: StoreAddress;
  /** Seconds after which a file is written, however few rows it has. */
  readonly seconds: number;
}

/** What the writing thread is told. */
export type ToWriter =
  | { readonly chunk: Chunk }
  | { readonly labels: readonly Label[]; readonly model: string; readonly id: number }
  /** Write what there is, and end. */
  | { readonly close: true };

/** What the writing thread tells. */
export type FromWriter =
  /** So many rows, and the memory that they took, are in the store. */
  | { readonly stored: { readonly rows: number; readonly bytes: number } }
  /** A file could not be written; it is tried again. */
  | { readonly failed: string }
  | { readonly labelled: number; readonly failed?: string }
  | { readonly closed: true };
